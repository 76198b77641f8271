/** Scores of labels as bars. */
import { formatPercent } from "@/ui/formatting";
import type { LabelScore } from "./predicting";

/** One label's bar. */
export interface ScoreBar {
  readonly label: string;
  /** As text: never `0.0 %` or `100.0 %` for what is only nearly so. */
  readonly percent: string;
  /** Of the whole width, in percent. */
  readonly width: number;
  readonly isTrue: boolean;
}

/** Bars in the order of the scores; `truth` is marked. */
export function scoreBars(top: readonly LabelScore[], truth: string | null): ScoreBar[] {
  return top.map(({ label, score }) => ({
    label,
    percent: percentText(score),
    width: Math.min(100, Math.max(0, 100 * score)),
    isTrue: label === truth,
  }));
}

function percentText(score: number): string {
  if (score > 0 && score < 0.0005) {
    return "< 0.1 %";
  }
  return score < 1 && score >= 0.9995 ? "> 99.9 %" : formatPercent(score);
}

/** `3.2 ms`, `48 ms`, `1.3 s`. */
export function formatMilliseconds(seconds: number): string {
  const ms = 1000 * seconds;
  if (ms >= 1000) {
    return `${seconds.toFixed(1)} s`;
  }
  return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
}
