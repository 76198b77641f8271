/** Scores of labels as bars. */
import { formatScore } from "@/ui/formatting";
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
    percent: formatScore(score),
    width: Math.min(100, Math.max(0, 100 * score)),
    isTrue: label === truth,
  }));
}
