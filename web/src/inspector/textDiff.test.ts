import { describe, expect, it } from "vitest";
import { diffLines, sideBySide } from "./textDiff";

const UNIFIED = `--- version 1
+++ draft
@@ -3,4 +3,5 @@
 nodes:
-  a: {op: x}
-  b: {op: y}
+  a: {op: z}
+
+  c: {op: y}
 vars: {}
`;

describe("a unified diff", () => {
  it("becomes numbered lines", () => {
    expect(diffLines(UNIFIED)).toEqual([
      { kind: "gap", text: "", before: null, after: null },
      { kind: "same", text: "nodes:", before: 3, after: 3 },
      { kind: "removed", text: "  a: {op: x}", before: 4, after: null },
      { kind: "removed", text: "  b: {op: y}", before: 5, after: null },
      { kind: "added", text: "  a: {op: z}", before: null, after: 4 },
      { kind: "added", text: "", before: null, after: 5 },
      { kind: "added", text: "  c: {op: y}", before: null, after: 6 },
      { kind: "same", text: "vars: {}", before: 6, after: 7 },
    ]);
  });

  it("keeps lines that look like names of files", () => {
    const lines = diffLines("--- a\n+++ b\n@@ -1 +1 @@\n--- x\n+++ y\n");
    expect(lines.slice(1).map(({ kind, text }) => [kind, text])).toEqual([
      ["removed", "-- x"],
      ["added", "++ y"],
    ]);
  });

  it("is put side by side", () => {
    const pairs = sideBySide(diffLines(UNIFIED)).map(([before, after]) => [
      before?.text ?? null,
      after?.text ?? null,
    ]);
    expect(pairs).toEqual([
      ["", ""],
      ["nodes:", "nodes:"],
      ["  a: {op: x}", "  a: {op: z}"],
      ["  b: {op: y}", ""],
      [null, "  c: {op: y}"],
      ["vars: {}", "vars: {}"],
    ]);
  });

  it("is empty where nothing differs", () => {
    expect(diffLines("")).toEqual([]);
  });
});
