/** What tests of components need: a page without a browser, and everything around a screen. */
import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, render } from "@testing-library/react";
import i18next from "i18next";
import type { ReactNode } from "react";
import { initReactI18next } from "react-i18next";
import { MemoryRouter } from "react-router";
import { afterEach } from "vitest";
import { Confirmations } from "./confirm";
import { mantineVariables, theme } from "./theme";

const files = import.meta.glob<Record<string, unknown>>("../i18n/*/*.json", {
  import: "default",
  eager: true,
});

const resources: Record<string, Record<string, Record<string, unknown>>> = {};
for (const [path, texts] of Object.entries(files)) {
  const [, language = "", namespace = ""] = /i18n\/(\w+)\/([\w-]+)\.json$/.exec(path) ?? [];
  resources[language] = { ...resources[language], [namespace]: texts };
}

await i18next.use(initReactI18next).init({
  lng: "en",
  fallbackLng: "en",
  defaultNS: "common",
  resources: resources as never,
  interpolation: { escapeValue: false },
});

if (typeof window !== "undefined") {
  window.matchMedia ??= (query: string) =>
    ({
      matches: false,
      media: query,
      addEventListener() {},
      removeEventListener() {},
      addListener() {},
      removeListener() {},
      dispatchEvent: () => false,
      onchange: null,
    }) as MediaQueryList;
  Element.prototype.scrollIntoView ??= () => {};
  window.ResizeObserver ??= class {
    observe() {}
    unobserve() {}
    disconnect() {}
  };
}

afterEach(cleanup);

/** Render a part of a screen with theme, texts, router and cached answers around it. */
export function renderScreen(screen: ReactNode, { path = "/" }: { path?: string } = {}) {
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  return {
    client,
    ...render(
      <MantineProvider theme={theme} cssVariablesResolver={mantineVariables} env="test">
        <Confirmations />
        <QueryClientProvider client={client}>
          <MemoryRouter initialEntries={[path]}>{screen}</MemoryRouter>
        </QueryClientProvider>
      </MantineProvider>,
    ),
  };
}
