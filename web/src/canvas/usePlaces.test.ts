import { describe, expect, it } from "vitest";
import { applyEdits } from "@/graph/edits";
import { digits, sheetOf } from "@/graph/testing";
import { withRenamed } from "./usePlaces";

const places = new Map([
  ["parts", { x: 10, y: 20 }],
  ["fit", { x: 30, y: 40 }],
]);
const renamed = applyEdits(sheetOf(digits), [
  { kind: "rename_node", node: "parts", new: "pieces" },
]).graph;

describe("places of nodes that the file does not place", () => {
  it("stay with a node that gets another id", () => {
    expect(withRenamed(places, digits, renamed).get("pieces")).toEqual({ x: 10, y: 20 });
  });

  it("are there again when the renaming is undone", () => {
    const after = withRenamed(places, digits, renamed);
    expect(withRenamed(after, renamed, digits).get("parts")).toEqual({ x: 10, y: 20 });
  });

  it("do not go over to a node that takes the place of one that was removed", () => {
    const removed = applyEdits(sheetOf(digits), [{ kind: "remove_node", node: "parts" }]).graph;
    expect(withRenamed(places, digits, removed)).toBe(places);
  });
});
