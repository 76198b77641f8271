import { expect, it } from "vitest";
import { boxAround, nodeHeight, portOffset } from "./geometry";
import { viewportFor } from "./useViewport";

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

it("centres what fits, and opens at the beginning of what does not", () => {
  const seen = { width: 1000, height: 600 };
  expect(viewportFor({ x: 0, y: 0, width: 500, height: 300 }, seen)).toEqual({
    x: 250,
    y: 150,
    zoom: 1,
  });
  expect(viewportFor({ x: 100, y: 0, width: 40_000, height: 300 }, seen)).toEqual({
    x: 40 - 75,
    y: 187.5,
    zoom: 0.75,
  });
});
