import { useTranslation } from "react-i18next";
import { useEditor, useEditorActions } from "@/editor/EditorContext";
import type { PlannedNode } from "@/editor/types";
import { formatDuration } from "@/ui/formatting";
import { StateBadge } from "@/ui/StateBadge";
import classes from "./PlanPreview.module.css";

/** The jobs that would run, and why; reused ones are only counted. */
export function PlannedJobs() {
  const { t } = useTranslation("inspector");
  const plan = useEditor((state) => state.plan);
  const { select } = useEditorActions();
  const jobs = jobsToShow(Object.values(plan?.nodes ?? {}));
  if (plan === null) {
    return null;
  }
  if (jobs.length === 0) {
    return <p className={classes.hint}>{t("run.allCached")}</p>;
  }
  return (
    <ul className={classes.jobs} aria-label={t("run.showPlan")}>
      {jobs.map((job) => (
        <li key={job.node}>
          <button type="button" className={classes.job} onClick={() => select([job.node])}>
            <StateBadge state={job.state} hasWord={false} />
            <span className={classes.jobName}>{job.node}</span>
            <span className={classes.why} title={job.why}>
              {job.why}
            </span>
            <span className={classes.time}>
              {job.expected_s === null ? "" : formatDuration(job.expected_s)}
            </span>
          </button>
        </li>
      ))}
    </ul>
  );
}

/** Inline nodes cost nothing and cached jobs are not run. */
export function jobsToShow(nodes: readonly PlannedNode[]): readonly PlannedNode[] {
  return nodes.filter((node) => node.is_job && node.state !== "cached");
}
