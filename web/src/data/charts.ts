/** Bars of class counts and of sizes: what is drawn, as numbers. */
import type { Findings } from "./datasets";

/** A bar: what it stands for and how long it is, in all and part by part. */
export interface Bar {
  readonly id: string;
  readonly name: string;
  readonly value: number;
  /** By part, in the order to draw them; empty for one piece. */
  readonly parts: Readonly<Record<string, number>>;
  readonly isWarning?: boolean;
}

const PARTS = ["train", "valid", "test"] as const;

/** The pieces of each bar in percent of the longest bar. */
export function barShares(bars: readonly Bar[]): { id: string; percent: number }[][] {
  const longest = Math.max(1, ...bars.map((bar) => bar.value));
  return bars.map((bar) => {
    const pieces = Object.entries(bar.parts);
    const drawn: [string, number][] = pieces.length > 0 ? pieces : [["all", bar.value]];
    return drawn.map(([id, value]) => ({ id, percent: (100 * value) / longest }));
  });
}

/** How classes are ordered in a chart. */
export type ClassOrder = "count" | "name";

/** A bar for each class; those with fewer images than `few` warn. */
export function classBars(findings: Findings, order: ClassOrder, few: number): Bar[] {
  const bars = findings.classes.map(({ name, num_images, parts }) => ({
    id: name,
    name,
    value: num_images,
    parts: inOrder(parts),
    isWarning: num_images < few,
  }));
  return bars.sort((first, second) =>
    order === "count"
      ? second.value - first.value
      : first.name.localeCompare(second.name, undefined, { numeric: true }),
  );
}

function inOrder(parts: Readonly<Record<string, number>>): Record<string, number> {
  const known = PARTS.filter((part) => part in parts);
  const others = Object.keys(parts).filter((part) => !(known as readonly string[]).includes(part));
  return Object.fromEntries([...known, ...others].map((part) => [part, parts[part] ?? 0]));
}

/** A column of a histogram of lengths. */
export interface Column {
  readonly low: number;
  readonly high: number;
  readonly value: number;
  /** Height in percent of the highest. */
  readonly percent: number;
}

export function columnsOf(
  bars: readonly { low: number; high: number; num_images: number }[],
): Column[] {
  const highest = Math.max(1, ...bars.map((bar) => bar.num_images));
  return bars.map(({ low, high, num_images }) => ({
    low,
    high,
    value: num_images,
    // What occurs at all is seen, however rare.
    percent: num_images === 0 ? 0 : Math.max(2, (100 * num_images) / highest),
  }));
}
