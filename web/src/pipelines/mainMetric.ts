/** Which of a run's metrics is worth a place in a list. */
import { formatNumber, formatPercent } from "@/ui/formatting";

export interface MainMetric {
  /** `score.accuracy`. */
  key: string;
  /** `accuracy`. */
  name: string;
  value: number;
  isShare: boolean;
}

/** Best first. Shares are shown as per cent. */
const WANTED: readonly { name: string; isShare: boolean }[] = [
  { name: "accuracy", isShare: true },
  { name: "balanced_accuracy", isShare: true },
  { name: "macro_f1", isShare: true },
  { name: "mean_average_precision", isShare: true },
  { name: "mean_iou", isShare: true },
  { name: "macro_auroc", isShare: true },
  { name: "r2", isShare: false },
  { name: "valid/accuracy", isShare: true },
  { name: "valid/loss", isShare: false },
  { name: "loss", isShare: false },
];

/** The most telling metric of a run: of evaluations before training, of shares before losses; the last node's. */
export function mainMetric(metrics: Readonly<Record<string, number | null>>): MainMetric | null {
  const entries = Object.entries(metrics).filter(
    (entry): entry is [string, number] => entry[1] !== null,
  );
  for (const { name, isShare } of WANTED) {
    const found = entries.findLast(([key]) => key.slice(key.indexOf(".") + 1) === name);
    if (found !== undefined) {
      return { key: found[0], name, value: found[1], isShare };
    }
  }
  return null;
}

export const formatMetric = ({ value, isShare }: MainMetric): string =>
  isShare ? formatPercent(value) : formatNumber(value);
