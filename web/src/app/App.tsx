import { MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { QueryClientProvider } from "@tanstack/react-query";
import { Suspense, useState } from "react";
import { RouterProvider } from "react-router/dom";
import { createQueryClient } from "@/api/queries";
import { Confirmations } from "@/ui/confirm";
import { mantineVariables, theme } from "@/ui/theme";
import { createRouter } from "./routes";

/** Theme, cached answers and routes around everything. */
export function App() {
  const [client] = useState(createQueryClient);
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
