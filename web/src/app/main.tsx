import "@mantine/core/styles.css";
import "@mantine/notifications/styles.css";
import "@/ui/tokens.css";

import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { createQueryClient } from "@/api/queries";
import { askAhead } from "@/editor/askAhead";
import { onLanguageChange, startTranslations } from "@/i18n";
import { App } from "./App";

const client = createQueryClient();
const translated = startTranslations();
askAhead(client, window.location.pathname); // in the language that is known by now
await translated;
onLanguageChange(() => void client.invalidateQueries());

const root = document.getElementById("root");
if (root === null) {
  throw new Error("index.html has no #root");
}
createRoot(root).render(
  <StrictMode>
    <App client={client} />
  </StrictMode>,
);
