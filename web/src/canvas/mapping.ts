/** Where things of the canvas are on its map. */
import { type Box, boxAround, type Point, type Size } from "./geometry";

/** A point (x, y) of the canvas is at ((x - origin.x) · scale, (y - origin.y) · scale) of the map. */
export interface Mapping {
  origin: Point;
  scale: number;
}

const MARGIN = 8;

/** Puts all boxes into the middle of a map of this size. */
export function mappingOf(boxes: Iterable<Box>, { width, height }: Size): Mapping {
  const around = boxAround(boxes) ?? { x: 0, y: 0, width: 1, height: 1 };
  const scale = Math.min(
    (width - 2 * MARGIN) / around.width,
    (height - 2 * MARGIN) / around.height,
  );
  return {
    origin: {
      x: around.x - (width / scale - around.width) / 2,
      y: around.y - (height / scale - around.height) / 2,
    },
    scale,
  };
}

/** Where a box of the canvas is on the map. */
export function onMap({ origin, scale }: Mapping, { x, y, width, height }: Box): Box {
  return {
    x: (x - origin.x) * scale,
    y: (y - origin.y) * scale,
    width: width * scale,
    height: height * scale,
  };
}

/** Which point of the canvas a point of the map stands for. */
export function offMap({ origin, scale }: Mapping, { x, y }: Point): Point {
  return { x: x / scale + origin.x, y: y / scale + origin.y };
}
