/** Several runs side by side: settings that differ, data that differ, metrics with the best one. */
import type { Schemas } from "@/api/client";
import type { Run } from "./runQueries";

type Change = Schemas["Change"];
type Comparison = Pick<Schemas["RunComparison"], "only_first" | "only_second"> & {
  nodes: Readonly<Record<string, { changes: readonly Change[] }>>;
};

/** One thing in which runs differ: a value for each run, in their order. */
export interface DifferingRow {
  node: string;
  name: string;
  kind: Change["kind"];
  values: readonly unknown[];
}

/**
 * Rows of what differs, from comparisons of the first run with each other one.
 *
 * A run that does not differ from the first in a row has the first one's value. Inputs are left out: they differ
 * because something before them does.
 */
export function differingRows(comparisons: readonly Comparison[]): DifferingRow[] {
  const rows = new Map<string, { row: DifferingRow; values: unknown[] }>();
  comparisons.forEach((comparison, at) => {
    for (const [node, { changes }] of Object.entries(comparison.nodes)) {
      for (const { kind, name, before, after } of changes) {
        if (kind === "input") {
          continue;
        }
        const key = `${node}\n${kind}\n${name}`;
        const values =
          rows.get(key)?.values ?? new Array<unknown>(comparisons.length + 1).fill(before);
        values[at + 1] = after;
        rows.set(key, { row: { node, name, kind, values }, values });
      }
    }
  });
  return [...rows.values()].map(({ row }) => row);
}

/** Nodes that some of the runs do not have. */
export function missingNodes(comparisons: readonly Comparison[]): string[] {
  return [
    ...new Set(
      comparisons.flatMap(({ only_first, only_second }) => [...only_first, ...only_second]),
    ),
  ].sort();
}

/** One metric in all runs. */
export interface MetricRow {
  node: string;
  name: string;
  values: readonly (number | null)[];
  /** Places of the best value; empty where nobody can say what is better. */
  best: readonly number[];
}

const LOWER_IS_BETTER = /loss|error|entropy|brier|perplexity|\bmae\b|\bmse\b|rmse|latency|seconds/i;
const HIGHER_IS_BETTER =
  /acc|f1|precision|recall|auc|auroc|\bmap\b|iou|dice|matthews|kappa|score|\br2\b/i;

/** Whether less of a metric is better, or more; null if its name does not tell. */
export function directionOf(name: string): "lower" | "higher" | null {
  if (LOWER_IS_BETTER.test(name)) {
    return "lower";
  }
  return HIGHER_IS_BETTER.test(name) ? "higher" : null;
}

/** Every metric that some run has, with the best value marked. */
export function metricRows(runs: readonly Pick<Run, "nodes">[]): MetricRow[] {
  const names = new Map<string, { node: string; name: string }>();
  for (const run of runs) {
    for (const node of run.nodes) {
      for (const name of Object.keys(node.metrics)) {
        names.set(`${node.id}\n${name}`, { node: node.id, name });
      }
    }
  }
  return [...names.values()].map(({ node, name }) => {
    const values = runs.map(
      (run) => run.nodes.find(({ id }) => id === node)?.metrics[name] ?? null,
    );
    return { node, name, values, best: bestOf(name, values) };
  });
}

function bestOf(name: string, values: readonly (number | null)[]): number[] {
  const direction = directionOf(name);
  const known = values.filter((value) => value !== null);
  if (direction === null || known.length < 2 || new Set(known).size < 2) {
    return [];
  }
  const best = direction === "lower" ? Math.min(...known) : Math.max(...known);
  return values.flatMap((value, at) => (value === best ? [at] : []));
}
