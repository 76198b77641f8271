import { expect, it } from "vitest";
import { mappingOf, offMap, onMap } from "./mapping";

const SIZE = { width: 200, height: 150 };

it("shows all boxes in the middle of the map, as large as they fit with a margin", () => {
  const wide = mappingOf([{ x: -100, y: 50, width: 1840, height: 100 }], SIZE);
  expect(onMap(wide, { x: -100, y: 50, width: 1840, height: 100 })).toEqual({
    x: 8,
    y: 70,
    width: 184,
    height: 10,
  });
});

it("finds the point of the canvas under a point of the map", () => {
  const mapping = mappingOf(
    [
      { x: 0, y: 0, width: 240, height: 80 },
      { x: 900, y: 700, width: 240, height: 80 },
    ],
    SIZE,
  );
  const { x, y } = onMap(mapping, { x: 333, y: 444, width: 0, height: 0 });
  const found = offMap(mapping, { x, y });
  expect(found.x).toBeCloseTo(333);
  expect(found.y).toBeCloseTo(444);
});

it("has a scale without any boxes", () => {
  expect(mappingOf([], SIZE).scale).toBeGreaterThan(0);
});
