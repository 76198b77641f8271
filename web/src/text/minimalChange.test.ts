import { EditorState } from "@codemirror/state";
import { describe, expect, it } from "vitest";
import { minimalChange, minimalChanges } from "./minimalChange";

describe("the smallest change", () => {
  it.each([
    ["abc", "abc", null],
    ["abc", "axc", { from: 1, to: 2, insert: "x" }],
    ["abc", "abbc", { from: 2, to: 2, insert: "b" }],
    ["aaa", "aa", { from: 2, to: 3, insert: "" }],
    ["", "new", { from: 0, to: 0, insert: "new" }],
    ["old", "", { from: 0, to: 3, insert: "" }],
  ])("from %j to %j is %j", (before, after, expected) => {
    expect(minimalChange(before, after)).toEqual(expected);
  });

  it("does not cut characters of two halves", () => {
    expect(minimalChange("😀", "😁")).toEqual({ from: 0, to: 2, insert: "😁" });
  });

  it("is made line by line where lines stay", () => {
    const before = "a: 1\nb: 2\nc: 3\nd: 4\n";
    const after = "a: 9\nb: 2\nc: 3\nd: 8\n";
    expect(minimalChanges(before, after)).toEqual([
      { from: 3, to: 4, insert: "9" },
      { from: 18, to: 19, insert: "8" },
    ]);
  });

  it("leaves the cursor where it was", () => {
    const before = "nodes:\n  a: {op: x, size: 16}\n  b: {op: y}\n";
    const after = before.replace("16", "128");
    const state = EditorState.create({ doc: before, selection: { anchor: before.indexOf("b:") } });
    const next = state.update({ changes: minimalChanges(before, after) }).state;
    expect(next.doc.toString()).toBe(after);
    expect(next.selection.main.head).toBe(after.indexOf("b:"));
  });

  it("always leads to the other text", () => {
    const lines = ["a", "b", "", "ab: c", "  d", "😀"];
    let seed = 7;
    const random = (below: number) => {
      seed = (seed * 1103515245 + 12345) % 2147483648;
      return seed % below;
    };
    const text = () => Array.from({ length: random(6) }, () => lines[random(6)]).join("\n");
    for (let round = 0; round < 500; round++) {
      const [before, after] = [text(), text()];
      const state = EditorState.create({ doc: before });
      expect(state.update({ changes: minimalChanges(before, after) }).state.doc.toString()).toBe(
        after,
      );
    }
  });
});
