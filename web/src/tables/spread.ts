/** How the values of a column are spread, as what is drawn. */
import { formatCompact, formatCount, formatNumber, formatPercent } from "@/ui/formatting";
import type { ColumnSpread } from "./tableLook";

/** A bar: its height in percent of the highest, and what it stands for. */
export interface SpreadBar {
  readonly key: string;
  readonly percent: number;
  readonly label: string;
  readonly count: number;
  /** Stands for all values that have no bar of their own. */
  readonly isRest: boolean;
}

/** How many of the rows hold neither null nor NaN nor infinities. */
export const numUsual = (spread: ColumnSpread, rows: number): number =>
  rows - spread.missing - spread.not_a_number;

/** A bar for each range of numbers; or for each of the most frequent values, and one for the others. */
export function barsOf(spread: ColumnSpread, rows: number): readonly SpreadBar[] {
  return spread.bars.length > 0 ? rangeBars(spread) : valueBars(spread, rows);
}

function rangeBars(spread: ColumnSpread): SpreadBar[] {
  const most = Math.max(1, ...spread.bars);
  return spread.bars.map((count, index) => ({
    key: String(index),
    percent: (100 * count) / most,
    label: rangeText(spread, index),
    count,
    isRest: false,
  }));
}

/** What a bar of numbers reaches over; of days and times only the ends of all bars are known. */
function rangeText({ low, high, bars }: ColumnSpread, index: number): string {
  if (typeof low !== "number" || typeof high !== "number") {
    return `${low} – ${high}`;
  }
  if (bars.length === 1 || low === high) {
    return formatNumber(low);
  }
  // Ranges of whole numbers that hold one number each are called by it.
  if (Number.isInteger(low) && high - low + 1 === bars.length) {
    return formatNumber(low + index);
  }
  const step = (high - low) / bars.length;
  return `${formatNumber(rounded(low + step * index, step))} – ${formatNumber(rounded(low + step * (index + 1), step))}`;
}

/** Digits far below the width of a range say nothing. */
function rounded(value: number, step: number): number {
  const digits = Math.max(0, 2 - Math.floor(Math.log10(step)));
  return digits > 12 ? value : Number(value.toFixed(digits));
}

function valueBars(spread: ColumnSpread, rows: number): SpreadBar[] {
  const counted = spread.values.reduce((all, { count }) => all + count, 0);
  const rest = numUsual(spread, rows) - counted;
  const most = Math.max(
    1,
    rest > 0 && spread.values.length === 0 ? rest : 1,
    ...spread.values.map(({ count }) => count),
  );
  const bars = spread.values.map(({ value, count }) => ({
    key: `=${value}`,
    percent: (100 * count) / most,
    label: value === "" ? '""' : value,
    count,
    isRest: false,
  }));
  return rest > 0 && spread.values.length > 0
    ? [
        ...bars,
        {
          key: "rest",
          percent: Math.min(100, (100 * rest) / most),
          label: "…",
          count: rest,
          isRest: true,
        },
      ]
    : bars;
}

/** `17 – 90`; empty where there are no ends. */
export function endsText({ low, high }: ColumnSpread): string {
  if (low === null || high === null) {
    return "";
  }
  const text = (end: number | string) => (typeof end === "number" ? formatNumber(end) : end);
  return low === high ? text(low) : `${text(low)} – ${text(high)}`;
}

const DAY = 10;

/** Both ends where room is short: large numbers as `1.2M`, moments of different days as days. */
export function shortEnds({ low, high }: ColumnSpread): readonly string[] {
  if (low === null || high === null) {
    return [];
  }
  if (typeof low === "number" || typeof high === "number") {
    const short = [shortNumber(Number(low)), shortNumber(Number(high))];
    if (low === high) {
      return short.slice(0, 1);
    }
    return short[0] === short[1] ? [`≈ ${short[0]}`] : short;
  }
  if (low === high) {
    return [low];
  }
  const areFar = low.slice(0, DAY) !== high.slice(0, DAY);
  return areFar ? [low.slice(0, DAY), high.slice(0, DAY)] : [low, high];
}

/** Three digits and a unit for what is large. */
export function shortNumber(value: number): string {
  const size = Math.abs(value);
  if (size >= 10_000 && size < 1e15) {
    return formatCompact(value);
  }
  return Number.isInteger(value) ? formatNumber(value) : formatNumber(Number(value.toPrecision(3)));
}

/** A share of the rows that were looked at; a very small one is not zero. */
export function shareText(count: number, rows: number): string {
  const share = rows === 0 ? 0 : count / rows;
  return count > 0 && share < 0.0005 ? "< 0.1 %" : formatPercent(share);
}

/** `12,345 (6.2 %)`. */
export const countText = (count: number, rows: number): string =>
  `${formatCount(count)} (${shareText(count, rows)})`;
