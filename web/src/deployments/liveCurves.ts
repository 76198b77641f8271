/** The last minutes of a deployment as curves, and the numbers to show large. */
import type { CurveSeries } from "@/runs/curves";
import type { NumbersHistory } from "./deployments";

/** One of the curves; `label` is what the legend calls it. */
const curve = (
  history: NumbersHistory,
  id: string,
  label: string,
  values: readonly (number | null)[],
): CurveSeries => ({ id, label, steps: history.times, values, times: history.times });

interface Labels {
  requests: string;
  errors: string;
  p50: string;
  p99: string;
}

const A_MINUTE = 60;

/** A rate a minute to read at a glance: no more digits than mean something. */
export function perMinute(perSecond: number): number {
  const rate = A_MINUTE * perSecond;
  return rate < 10 ? Math.round(10 * rate) / 10 : Math.round(rate);
}

/** Requests and errors a minute. */
export const rateCurves = (history: NumbersHistory, labels: Labels): CurveSeries[] => [
  curve(
    history,
    "requests",
    labels.requests,
    history.requests_per_s.map((value) => value * A_MINUTE),
  ),
  curve(
    history,
    "errors",
    labels.errors,
    history.errors_per_s.map((value) => value * A_MINUTE),
  ),
];

/** Times to answer in milliseconds: of half the answers, and of all but one in a hundred. */
export const timeCurves = (history: NumbersHistory, labels: Labels): CurveSeries[] => [
  curve(history, "p50", labels.p50, history.p50_ms),
  curve(history, "p99", labels.p99, history.p99_ms),
];

/** Share of the answers that were not good ones; null before there were any. */
export function errorShare({ requests, errors }: { requests: number; errors: number }) {
  return requests === 0 ? null : errors / requests;
}
