/** Alignment while moving: edges and middles of other nodes attract, otherwise the grid does. */
import type { Box, Point } from "./geometry";
import { onGrid } from "./geometry";

/** A line to show across the canvas: at `at` on its axis, from `start` to `end` on the other one. */
export interface Guide {
  axis: "x" | "y";
  at: number;
  start: number;
  end: number;
}

export interface Snap {
  /** Where the moved box goes. */
  position: Point;
  guides: readonly Guide[];
}

interface Attraction {
  shift: number;
  at: number;
  other: Box;
}

const stops = (start: number, size: number): readonly number[] => [
  start,
  start + size / 2,
  start + size,
];

function nearest(
  moved: readonly number[],
  others: readonly Box[],
  stopsOf: (box: Box) => readonly number[],
  reach: number,
): Attraction | null {
  let best: Attraction | null = null;
  for (const other of others) {
    for (const at of stopsOf(other)) {
      for (const own of moved) {
        const shift = at - own;
        if (Math.abs(shift) <= reach && (best === null || Math.abs(shift) < Math.abs(best.shift))) {
          best = { shift, at, other };
        }
      }
    }
  }
  return best;
}

const horizontal = (box: Box) => stops(box.x, box.width);
const vertical = (box: Box) => stops(box.y, box.height);

/**
 * Where a moved box comes to rest.
 *
 * @param reach Pixels of the canvas within which another box attracts; divide by the zoom for pixels of the screen.
 */
export function snap(moved: Box, others: readonly Box[], reach: number): Snap {
  const alongX = nearest(horizontal(moved), others, horizontal, reach);
  const alongY = nearest(vertical(moved), others, vertical, reach);
  const position = {
    x: alongX === null ? onGrid(moved.x) : moved.x + alongX.shift,
    y: alongY === null ? onGrid(moved.y) : moved.y + alongY.shift,
  };
  const placed = { ...moved, ...position };
  const guides: Guide[] = [];
  if (alongX !== null) {
    guides.push({ axis: "x", at: alongX.at, ...span(placed, alongX.other, "y") });
  }
  if (alongY !== null) {
    guides.push({ axis: "y", at: alongY.at, ...span(placed, alongY.other, "x") });
  }
  return { position, guides };
}

function span(first: Box, second: Box, axis: "x" | "y"): { start: number; end: number } {
  const size = axis === "x" ? "width" : "height";
  return {
    start: Math.min(first[axis], second[axis]),
    end: Math.max(first[axis] + first[size], second[axis] + second[size]),
  };
}
