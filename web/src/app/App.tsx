import { MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { type QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { Suspense, useState } from "react";
import { RouterProvider } from "react-router/dom";
import { Confirmations } from "@/ui/confirm";
import { mantineVariables, theme } from "@/ui/theme";
import { createRouter } from "./routes";

/** Theme, cached answers and routes around everything. */
export function App({ client }: { client: QueryClient }) {
  const [router] = useState(() => createRouter(client));
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={mantineVariables}
      defaultColorScheme="auto"
    >
      <Notifications position="bottom-right" limit={4} />
      <Confirmations />
      <QueryClientProvider client={client}>
        <Suspense>
          <RouterProvider router={router} />
        </Suspense>
      </QueryClientProvider>
    </MantineProvider>
  );
}
