/**
 * Where the parts of a node are, in pixels of the canvas.
 *
 * Sizes follow from what a node shows, so nothing has to be measured: a thousand nodes open without a single forced
 * layout, and edges know their ends before their nodes are drawn. `PipelineNode.module.css` repeats these numbers as
 * custom properties set from here.
 */

import { GRID } from "@/graph/layout";

export const NODE_WIDTH = 240;

export const HEADER_HEIGHT = 44;
const PORT_ROW_HEIGHT = 20;
const PORTS_PADDING = 4;
const BODY_PADDING = 8;
/** Side of the square that takes the pointer at a port. */
export const HANDLE_SIZE = 16;
/** Connections end at the rim of a port's mark. */
export const MARK_RADIUS = 5;

export interface Point {
  x: number;
  y: number;
}

export interface Size {
  width: number;
  height: number;
}

export interface Box extends Point, Size {}

export type BodyLineKind = "text" | "progress" | "spark" | "images" | "chips" | "bars" | "table";

/** Height of a line of the body, its margin included. */
export const LINE_HEIGHTS: Record<BodyLineKind, number> = {
  text: 20,
  progress: 20,
  spark: 32,
  images: 48,
  chips: 24,
  bars: 36,
  table: 40,
};

export interface NodeShape {
  inputs: number;
  outputs: number;
  isCollapsed: boolean;
  lines: readonly BodyLineKind[];
}

/** Height of a node; a collapsed one is its header alone. */
export function nodeHeight({ inputs, outputs, isCollapsed, lines }: NodeShape): number {
  if (isCollapsed) {
    return HEADER_HEIGHT;
  }
  const rows = Math.max(inputs, outputs);
  const ports = rows === 0 ? 0 : rows * PORT_ROW_HEIGHT + 2 * PORTS_PADDING;
  const body = lines.reduce((sum, line) => sum + LINE_HEIGHTS[line], 0);
  return HEADER_HEIGHT + ports + (body === 0 ? 0 : body + BODY_PADDING);
}

/** Distance of the middle of a port's mark from the top of its node. */
export function portOffset(row: number, isCollapsed: boolean): number {
  return isCollapsed
    ? HEADER_HEIGHT / 2
    : HEADER_HEIGHT + PORTS_PADDING + (row + 0.5) * PORT_ROW_HEIGHT;
}

/** The smallest box around boxes; null if there are none. */
export function boxAround(boxes: Iterable<Box>): Box | null {
  let left = Number.POSITIVE_INFINITY;
  let top = Number.POSITIVE_INFINITY;
  let right = Number.NEGATIVE_INFINITY;
  let bottom = Number.NEGATIVE_INFINITY;
  for (const box of boxes) {
    left = Math.min(left, box.x);
    top = Math.min(top, box.y);
    right = Math.max(right, box.x + box.width);
    bottom = Math.max(bottom, box.y + box.height);
  }
  return right < left ? null : { x: left, y: top, width: right - left, height: bottom - top };
}

/** The nearest multiple of the grid. */
export function onGrid(value: number): number {
  return Math.round(value / GRID) * GRID;
}
