/** Between what the numbers of a column were when the model learned. */
import { formatNumber } from "@/ui/formatting";
import type { InputColumn } from "./inputs";

export interface SliderRange {
  readonly low: number;
  readonly high: number;
  readonly step: number;
  readonly usual: number;
}

/** What a slider goes over; null where nothing or only one number was seen. */
export function sliderOf({ low, high, example, type }: InputColumn): SliderRange | null {
  if (typeof low !== "number" || typeof high !== "number" || !(low < high)) {
    return null;
  }
  const usual = typeof example === "number" ? example : low;
  return { low, high, step: type === "integer" ? 1 : stepOf(high - low), usual };
}

/** About two hundred steps over the range, each a one with zeros, a two or a five. */
export function stepOf(width: number): number {
  const rough = width / 200;
  const unit = 10 ** Math.floor(Math.log10(rough));
  const factor = [1, 2, 5, 10].find((each) => each * unit >= rough) ?? 10;
  return Number((factor * unit).toPrecision(1));
}

/** `20 – 70`, or the days; empty where none was seen. */
export function rangeText({ low, high, type }: InputColumn): string {
  if (type === "list" || type === "map" || low === null || high === null) {
    return "";
  }
  return low === high ? end(low) : `${end(low)} – ${end(high)}`;
}

const end = (value: unknown): string =>
  typeof value === "number"
    ? formatNumber(Number(value.toPrecision(4)))
    : String(value).slice(0, 10);
