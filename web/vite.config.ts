/// <reference types="vitest/config" />
import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// `npm run dev` serves the pages and asks a running `netloom up` for everything else.
const server = process.env.NETLOOM_URL ?? "http://127.0.0.1:8000";

/** Tests that put other modules in place of ours need a page of their own. */
const REPLACES_MODULES = ["src/models/TryTab.test.tsx", "src/data/uploads.test.ts"];

export default defineConfig({
  plugins: [react()],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  server: { proxy: { "/api": server, "/start": server } },
  build: {
    target: "es2022",
    assetsInlineLimit: 0, // the content policy lets scripts and fonts come only from files of our own
    chunkSizeWarningLimit: 700,
    manifest: true,
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            // A file for each icon and each small part would mean a hundred questions to the server.
            { name: "icons", test: /node_modules[\\/]@tabler/ },
            {
              name: "components",
              test: /node_modules[\\/]@(mantine|floating-ui)/,
              minShareCount: 4,
            },
            { name: "shared", test: /src[\\/](ui|api|i18n)[\\/].*tsx?$/, minShareCount: 4 },
          ],
        },
      },
    },
  },
  test: {
    environment: "jsdom",
    setupFiles: ["src/ui/testing.tsx"],
    projects: [
      {
        extends: true,
        test: {
          name: "shared",
          include: ["src/**/*.test.{ts,tsx}"],
          exclude: REPLACES_MODULES,
          isolate: false, // one page for the files of a worker: fifteen times as fast. Tests clean up
        },
      },
      { extends: true, test: { name: "alone", include: REPLACES_MODULES } },
    ],
  },
});
