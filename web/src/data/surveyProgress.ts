/** How far a survey is, in words. */
import { useTranslation } from "react-i18next";
import { formatCount, formatDuration } from "@/ui/formatting";
import type { Dataset } from "./uploadServer";

/** "64 of 300 pictures looked into · 2.5 s left"; what it waits for until it has begun. */
export function useSurveyProgress({
  survey_state: state,
  survey_progress: progress,
}: Pick<Dataset, "survey_state" | "survey_progress">): string {
  const { t } = useTranslation("data");
  if (state !== "running" || progress === null || progress.total === null) {
    return t(`survey.${state}`);
  }
  const unit = progress.unit === "video" ? "video" : "image";
  const counts = { done: formatCount(progress.done), total: formatCount(progress.total) };
  const said = t(`survey.lookedAt.${unit}`, counts);
  return progress.eta_s === null
    ? said
    : `${said} · ${t("upload.left", { time: formatDuration(progress.eta_s) })}`;
}
