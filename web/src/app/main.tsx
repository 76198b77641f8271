import "@mantine/core/styles.css";
import "@mantine/notifications/styles.css";
import "@/ui/tokens.css";

import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { createQueryClient } from "@/api/queries";
import { askAhead } from "@/editor/askAhead";
import { onLanguageChange, startTranslations } from "@/i18n";
import { App } from "./App";
import { loadCanvas } from "./routes";

const client = createQueryClient();
const translated = startTranslations();
const opensPipeline = askAhead(client, window.location.pathname); // the language is known by now
await translated;
if (opensPipeline) {
  void loadCanvas().catch(() => {}); // the router asks again, and says so
}
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
