import { Progress } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useEditor } from "@/editor/EditorContext";
import type { PlanView, RunView } from "@/editor/types";
import { formatDuration } from "@/ui/formatting";
import { isFinal } from "@/ui/states";
import classes from "./PlanPreview.module.css";

/** How far the run is that is watched. */
export function RunProgress() {
  const { t } = useTranslation("inspector");
  const run = useEditor((state) => state.run);
  const plan = useEditor((state) => state.plan);
  if (run === null) {
    return null;
  }
  const { done, total, etaS, share } = progressOf(run, plan);
  const eta = etaS === null ? "" : ` · ≈ ${formatDuration(etaS)}`;
  const text = t("run.progress", { done, total }) + eta;
  return (
    <Link className={classes.progress} to={`/runs/${run.id}`} title={t("run.open")}>
      <span className={classes.progressText} role="status">
        {text}
      </span>
      <Progress size={4} value={100 * share} aria-label={t("run.run")} transitionDuration={150} />
    </Link>
  );
}

interface RunProgressFacts {
  done: number;
  total: number;
  /** Seconds left, as far as anything is known of them. */
  etaS: number | null;
  /** Between 0 and 1; a running node counts by its own progress. */
  share: number;
}

/** Nodes that have ended and those that have not; time left of what runs and of what is known to follow. */
export function progressOf(run: RunView, plan: PlanView | null): RunProgressFacts {
  const nodes = Object.entries(run.nodes);
  let done = 0;
  let partly = 0;
  let etaS: number | null = null;
  for (const [id, { state, progress }] of nodes) {
    if (isFinal(state)) {
      done += 1;
      continue;
    }
    const isRunning = state === "running";
    if (isRunning && progress?.total) {
      partly += Math.min(1, progress.done / progress.total);
    }
    const left = isRunning ? (progress?.eta_s ?? null) : (plan?.nodes[id]?.expected_s ?? null);
    etaS = left === null ? etaS : (etaS ?? 0) + left;
  }
  const total = nodes.length;
  return { done, total, etaS, share: total === 0 ? 0 : (done + partly) / total };
}
