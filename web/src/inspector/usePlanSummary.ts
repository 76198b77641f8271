import { useTranslation } from "react-i18next";
import { useEditor } from "@/editor/EditorContext";
import { formatDuration } from "@/ui/formatting";

/** The plan in one line: `7 jobs: 4 cached, 3 to run, ≈ 2 min`. Empty while there is no plan. */
export function usePlanSummary(): string {
  const { t } = useTranslation("inspector");
  const plan = useEditor((state) => state.plan);
  if (plan === null) {
    return "";
  }
  const { jobsCached, jobsToRun, jobsThatMayRun, expectedS } = plan;
  const parts = [
    jobsCached > 0 && t("run.cached", { count: jobsCached }),
    jobsToRun > 0 && t("run.toRun", { count: jobsToRun }),
    jobsThatMayRun > 0 && t("run.mayRun", { count: jobsThatMayRun }),
    expectedS !== null && `≈ ${formatDuration(expectedS)}`,
  ].filter(Boolean);
  const total = jobsCached + jobsToRun + jobsThatMayRun;
  return t("run.summary", {
    jobs: t("run.jobs", { count: total }),
    parts: parts.join(t("run.separator")),
  });
}
