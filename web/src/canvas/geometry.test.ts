import { expect, it } from "vitest";
import { boxAround, nodeHeight, portOffset } from "./geometry";

const shape = { inputs: 2, outputs: 3, isCollapsed: false, lines: [] };

it("makes room for the longer side of ports and for each line", () => {
  expect(nodeHeight(shape)).toBe(44 + 3 * 20 + 8);
  expect(nodeHeight({ ...shape, lines: ["text", "spark"] })).toBe(112 + 20 + 32 + 8);
  expect(nodeHeight({ ...shape, inputs: 0, outputs: 0 })).toBe(44);
});

it("collapses to the header, with all ports in its middle", () => {
  expect(nodeHeight({ ...shape, isCollapsed: true, lines: ["images"] })).toBe(44);
  expect([0, 1].map((row) => portOffset(row, true))).toEqual([22, 22]);
  expect([0, 1].map((row) => portOffset(row, false))).toEqual([58, 78]);
});

it("draws a box around boxes", () => {
  const boxes = [
    { x: -10, y: 5, width: 20, height: 10 },
    { x: 30, y: -5, width: 5, height: 5 },
  ];
  expect(boxAround(boxes)).toEqual({ x: -10, y: -5, width: 45, height: 20 });
  expect(boxAround([])).toBeNull();
});
