/** Which of a model's many metrics people want to see first. */
import { formatNumber, formatPercent } from "@/ui/formatting";
import { isOf } from "./metricKeys";
import type { ModelSummary } from "./models";
import { tableMetrics } from "./tableMetrics";

export type Metrics = Readonly<Record<string, number | null>>;

/** A metric worth a large number: `name` is a key below `models:metric`. */
export interface MainMetric {
  readonly key: string;
  readonly name: string;
  readonly value: number;
  /** Measured on samples the model has not learned from, by a node made for that. */
  readonly isMeasured: boolean;
  /** Of a model of tables with several targets: which one it is about. */
  readonly target: string | null;
}

/** Last parts of metric names that can be explained to everybody, best known first. */
const KNOWN = [
  "accuracy",
  "balanced_accuracy",
  "macro_f1",
  "top_5_accuracy",
  "macro_auroc",
  "gain_db",
  "psnr_db",
  "ssim",
  "ap",
  "ap50",
  "mean_iou",
  "h_mean",
  "cer",
] as const;

const DECIBELS = /_db$/;
/** What people write as a number from 0 to 1, not in percent. */
const INDICES = ["auc", "macro_auc", "average_precision", "ks", "r2"];
/** In the unit of what is predicted, so they have no end. */
const AMOUNTS = ["rmse", "mae"];

type Named = Pick<MainMetric, "name" | "value">;

/** Most metrics are shares of a whole; some of pictures are decibels, some of tables amounts. */
export const isShare = ({ name }: Named): boolean =>
  !DECIBELS.test(name) && !AMOUNTS.includes(name);

/** A metric with its unit. */
export function formatMetric({ name, value }: Named): string {
  if (INDICES.includes(name)) {
    return value.toFixed(3).replace("-", "−");
  }
  if (AMOUNTS.includes(name)) {
    return formatNumber(Number(value.toPrecision(4)));
  }
  if (isShare({ name, value })) {
    return formatPercent(value);
  }
  const sign = name.startsWith("gain") && value > 0 ? "+" : "";
  return `${sign}${value.toFixed(1).replace("-", "−")} dB`;
}

/** Something was measured by a node made for that. */
export const isEvaluated = (metrics: Metrics, trainingNode: string): boolean =>
  Object.keys(metrics).some((key) => !key.startsWith(`${trainingNode}.`));

type Measured = Pick<ModelSummary, "metrics" | "node"> & Partial<Pick<ModelSummary, "targets">>;

/** The metrics to show large: those of an evaluation first, then those of the validation part. */
export function mainMetrics({ metrics, node: trainingNode, targets = [] }: Measured): MainMetric[] {
  if (targets.length > 0) {
    return tableMetrics(metrics, trainingNode, targets);
  }
  const found: MainMetric[] = [];
  for (const name of KNOWN) {
    for (const isMeasured of [true, false]) {
      const key = Object.keys(metrics).find((each) =>
        isOf(each, { metric: name, trainingNode, isMeasured }),
      );
      const value = key === undefined ? null : metrics[key];
      if (key !== undefined && typeof value === "number") {
        found.push({ key, name, value, isMeasured, target: null });
        break; // what was measured afterwards says more than what training saw of itself
      }
    }
  }
  return found;
}

/** The one metric for a table. */
export const mainMetric = (model: Measured): MainMetric | null => mainMetrics(model)[0] ?? null;

/** A setting with the dotted path to it. */
export interface FlatSetting {
  readonly name: string;
  readonly value: string;
}

/** Structured settings as lines: `optimizer.learning_rate`. What is not set is left out. */
export function flatSettings(
  settings: Readonly<Record<string, unknown>>,
  prefix = "",
): FlatSetting[] {
  return Object.entries(settings).flatMap(([key, value]) => {
    const name = prefix + key;
    if (value === null || value === undefined || (Array.isArray(value) && value.length === 0)) {
      return [];
    }
    if (typeof value === "object" && !Array.isArray(value)) {
      return flatSettings(value as Record<string, unknown>, `${name}.`);
    }
    return [{ name, value: typeof value === "string" ? value : JSON.stringify(value) }];
  });
}
