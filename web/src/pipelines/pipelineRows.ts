/** The rows of the table of pipelines, and which of them are shown. */
import type { DeploymentSummary } from "@/deployments/deployments";
import { type MainMetric, mainMetric } from "./mainMetric";
import type { PipelineSummary, RunSummary } from "./pipelines";

export interface PipelineRow extends PipelineSummary {
  run: RunSummary | null;
  metric: MainMetric | null;
  /** What is served of it: deployments whose present models come from it. */
  served: readonly DeploymentSummary[];
}

export const WHOSE = ["all", "mine", "shared", "public"] as const;
export type Whose = (typeof WHOSE)[number];

const NOTHING: readonly DeploymentSummary[] = [];

/** Pipelines with what became of them, as far as it is known. */
export function rowsOf(
  pipelines: readonly PipelineSummary[],
  runs: readonly (ReadonlyMap<string, RunSummary> | undefined)[],
  deployments: readonly DeploymentSummary[] = NOTHING,
): PipelineRow[] {
  return pipelines.map((pipeline) => {
    const { id, name } = pipeline;
    const run = runs.map((latest) => latest?.get(id) ?? latest?.get(name)).find(Boolean) ?? null;
    return {
      ...pipeline,
      run,
      metric: run && mainMetric(run.metrics),
      served: deployments.filter(({ revision }) => revision?.pipeline === name),
    };
  });
}

/** Whether a row belongs to what was chosen. */
function isWhose(row: PipelineSummary, whose: Whose, user: string): boolean {
  switch (whose) {
    case "all":
      return true;
    case "mine":
      return row.owner === user;
    case "shared":
      return row.visibility === "shared";
    case "public":
      return row.visibility === "public";
  }
}

/** Rows that contain every word of the search, in name, description or owner. */
export function filtered<Row extends PipelineSummary>(
  rows: readonly Row[],
  { search, whose, user }: { search: string; whose: Whose; user: string },
): Row[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  return rows.filter((row) => {
    const text = `${row.name}\n${row.description}\n${row.owner ?? ""}`.toLowerCase();
    return isWhose(row, whose, user) && words.every((word) => text.includes(word));
  });
}
