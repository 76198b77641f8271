/**
 * A graph laid out in columns from left to right (Sugiyama's method): columns by what depends on what, an order in
 * each with few crossings, and heights with which most connections are level.
 */
import { order } from "./crossings";
import { settle } from "./heights";
import { columnsOf, type Item, joined, type Link, withBends } from "./items";
import { rank, withoutCycles } from "./ranks";

export type { Link };

export interface Sized {
  readonly width: number;
  readonly height: number;
}

export interface Spacing {
  readonly betweenColumns: number;
  readonly betweenRows: number;
}

/** Upper left corners of boxes, in their order. Where several ways are as good, what comes first stands higher. */
export function layered(
  boxes: readonly Sized[],
  links: readonly Link[],
  { betweenColumns, betweenRows }: Spacing,
): readonly { x: number; y: number }[] {
  const nodes = joined(
    boxes.map(({ height }) => height),
    withoutCycles(boxes.length, links),
  );
  rank(nodes);
  const items = withBends(nodes);
  order(items);
  const columns = columnsOf(items);
  settle(columns, betweenRows);
  const lefts = leftsOf(boxes, items, columns.length, betweenColumns);
  return boxes.map((_, at) => {
    const item = items[at];
    return { x: lefts[item?.rank ?? 0] ?? 0, y: item?.y ?? 0 };
  });
}

function leftsOf(
  boxes: readonly Sized[],
  items: readonly Item[],
  numColumns: number,
  gap: number,
): readonly number[] {
  const widths = Array.from({ length: numColumns }, () => 0);
  boxes.forEach(({ width }, at) => {
    const column = items[at]?.rank ?? 0;
    widths[column] = Math.max(widths[column] ?? 0, width);
  });
  let left = 0;
  return widths.map((width) => {
    const start = left;
    left += width + gap;
    return start;
  });
}
