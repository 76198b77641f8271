/**
 * How much JavaScript the first screen needs: the entry, the screen of pipelines, and what both import
 * statically, compressed as they travel. Fails when it is too much. Run it after `make web`.
 */
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const BUDGET_KB = 350;
const dist = new URL("../../src/netloom/server/web/", import.meta.url);
const manifest = JSON.parse(readFileSync(new URL(".vite/manifest.json", dist), "utf8"));

const chunks = new Set();

function collect(name) {
  const chunk = manifest[name];
  if (chunk === undefined) {
    throw new Error(`the manifest has no ${name}`);
  }
  if (!chunks.has(chunk.file)) {
    chunks.add(chunk.file);
    (chunk.imports ?? []).forEach(collect);
  }
}

collect("index.html");
collect("src/pipelines/PipelinesScreen.tsx");

let total = 0;
for (const file of chunks) {
  const size = gzipSync(readFileSync(new URL(file, dist))).length / 1000;
  total += size;
  console.log(`${size.toFixed(1).padStart(8)} kB  ${file}`);
}
console.log(`${total.toFixed(1).padStart(8)} kB  of ${BUDGET_KB} kB`);
if (total > BUDGET_KB) {
  console.error("The first screen needs too much JavaScript.");
  process.exit(1);
}
