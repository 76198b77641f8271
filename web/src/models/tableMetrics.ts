/** Which metrics of a model of tables people want to see first: those of each target, best known first. */

import { isOf } from "./metricKeys";
import type { MainMetric, Metrics } from "./metrics";
import type { ModelSummary } from "./models";

type Target = ModelSummary["targets"][number];

/** The first is the headline: by it training keeps its best epoch. */
const KNOWN: Record<Target["type"], readonly string[]> = {
  binary: ["auc", "average_precision", "ks", "accuracy"],
  classes: ["macro_accuracy", "accuracy", "macro_f1", "macro_auc"],
  labels: ["macro_auc", "micro_f1", "subset_accuracy"],
  number: ["rmse", "mae", "r2"],
};

/** So many of each target where there are several. */
const OF_EACH = 2;

/** Metrics of all targets to show large; of several targets each says which one it is about. */
export function tableMetrics(
  metrics: Metrics,
  trainingNode: string,
  targets: readonly Target[],
): MainMetric[] {
  const areSeveral = targets.length > 1;
  return targets.flatMap(({ column, type }) => {
    const prefix = areSeveral ? `${column}/` : "";
    const found = KNOWN[type].flatMap(
      (name) => metricOf(metrics, trainingNode, prefix, name) ?? [],
    );
    return (areSeveral ? found.slice(0, OF_EACH) : found).map((metric) => ({
      ...metric,
      target: areSeveral ? column : null,
    }));
  });
}

function metricOf(
  metrics: Metrics,
  trainingNode: string,
  prefix: string,
  name: string,
): Omit<MainMetric, "target"> | null {
  for (const isMeasured of [true, false]) {
    const wanted = { metric: prefix + name, trainingNode, isMeasured };
    const key = Object.keys(metrics).find((each) => isOf(each, wanted));
    const value = key === undefined ? null : metrics[key];
    if (key !== undefined && typeof value === "number") {
      return { key, name, value, isMeasured }; // what was measured afterwards says more
    }
  }
  return null;
}
