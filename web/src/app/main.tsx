import "@mantine/core/styles.css";
import "@mantine/notifications/styles.css";
import "@/ui/tokens.css";

import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { startTranslations } from "@/i18n";
import { App } from "./App";

await startTranslations();

const root = document.getElementById("root");
if (root === null) {
  throw new Error("index.html has no #root");
}
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
