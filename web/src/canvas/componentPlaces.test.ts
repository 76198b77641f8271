import { describe, expect, it } from "vitest";
import { boundaryOf } from "@/graph/boundary";
import { applyEdits, BadEdit } from "@/graph/edits";
import { catalogue, digits, sheetOf } from "@/graph/testing";
import { dissolvingEdits, makingEdits } from "./componentPlaces";

const boxes = [
  { id: "parts", x: 0, y: 0, width: 240, height: 100 },
  { id: "resized", x: 320, y: 200, width: 240, height: 100 },
];
const making = makingEdits(
  digits,
  boundaryOf(catalogue, digits, [], ["parts", "resized"]),
  "prepare",
  boxes,
);
const made = applyEdits(sheetOf(digits), making.edits);

describe("the node of a new component", () => {
  it("stands in the middle of the nodes it takes the place of", () => {
    expect(making.id).toBe("prepare");
    const { x = 0, y = 0 } = made.layout.prepare ?? {};
    expect(x + 120).toBe(280);
    expect(Math.abs(y + 50 - 150)).toBeLessThan(20);
  });
});

describe("the nodes of a component that is dissolved", () => {
  const at = { x: 400, y: 80 };

  it("are laid out from left to right from where its node stood", () => {
    const { edits, ids } = dissolvingEdits(catalogue, made.graph, "prepare", at);
    const { layout, graph } = applyEdits(made, edits);
    expect(ids).toEqual(["parts", "resized"]);
    expect(layout.parts).toEqual(at);
    expect(layout.resized?.x).toBeGreaterThan(at.x + 240);
    expect(layout.prepare).toBeUndefined();
    expect(graph.components).toEqual({});
  });

  it("stay inside if that cannot be done, and the editor says why", () => {
    const aside = applyEdits(made, [
      { kind: "set_node_key", node: "prepare", key: "bypass", value: true },
    ]);
    const { edits, ids } = dissolvingEdits(catalogue, aside.graph, "prepare", at);
    expect(ids).toEqual([]);
    expect(() => applyEdits(aside, edits)).toThrow(BadEdit);
  });
});
