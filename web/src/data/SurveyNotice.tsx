import { Alert, Button, Progress } from "@mantine/core";
import { IconCircleX, IconEyeSearch } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import { keys } from "@/api/queries";
import { EmptyState } from "@/ui/EmptyState";
import { tellProblem } from "@/ui/notices";
import { DiagnosticLine } from "@/ui/ProblemNotice";
import { type DatasetDetails, isLooking, surveyDataset } from "./datasets";
import classes from "./OverviewTab.module.css";
import { useSurveyProgress } from "./surveyProgress";

/** Where the findings of a survey will be: how far it is, why it failed, or how to begin one. */
export function SurveyNotice({ dataset }: { dataset: DatasetDetails }) {
  const { state, diagnostics } = dataset.survey;
  if (isLooking(state)) {
    return <Looking dataset={dataset} />;
  }
  return (
    <>
      {diagnostics.length > 0 && <Failure survey={dataset.survey} />}
      <NotLooked dataset={dataset} />
    </>
  );
}

type Survey = DatasetDetails["survey"];

function Looking({ dataset }: { dataset: DatasetDetails }) {
  const { t } = useTranslation(["data", "common"]);
  const { progress, run } = dataset.survey;
  const said = useSurveyProgress(dataset);
  const stop = useSurveyChange((run: string) =>
    api.POST("/api/v1/runs/{run}/cancel", { params: { path: { run } } }),
  );
  const share = progress?.total ? (100 * progress.done) / progress.total : 0;
  return (
    <section className={classes.looking} role="status">
      <div className={classes.lookingLine}>
        <strong>{said}</strong>
        {run !== null && (
          <Button variant="default" ml="auto" onClick={() => stop.mutate(run)}>
            {t("common:action.cancel")}
          </Button>
        )}
      </div>
      <Progress
        value={share || 100}
        animated={share === 0}
        size={6}
        aria-label={t("survey.running")}
      />
    </section>
  );
}

function Failure({ survey }: { survey: Survey }) {
  const { t } = useTranslation("data");
  return (
    <Alert color="red" title={t("survey.failed")} icon={<IconCircleX size={18} />}>
      <ul className={classes.diagnostics}>
        {survey.diagnostics.map((each) => (
          <DiagnosticLine key={each.code + each.message} diagnostic={each} />
        ))}
      </ul>
    </Alert>
  );
}

function NotLooked({ dataset }: { dataset: DatasetDetails }) {
  const { t } = useTranslation("data");
  const start = useSurveyChange(surveyDataset);
  const canBe = dataset.format === "zip";
  const mayWrite = dataset.right === "own" || dataset.right === "write";
  return (
    <EmptyState
      icon={IconEyeSearch}
      title={t(canBe ? "survey.none" : "survey.onlyZip")}
      action={
        canBe &&
        mayWrite && (
          <Button loading={start.isPending} onClick={() => start.mutate(dataset.id)}>
            {t("action.look")}
          </Button>
        )
      }
    >
      {t(canBe ? "survey.noneText" : "survey.onlyZipText")}
    </EmptyState>
  );
}

/** Starts or stops a survey, and reads anew what became of it. */
function useSurveyChange(act: (id: string) => Promise<unknown>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: act,
    onSuccess: () => client.invalidateQueries({ queryKey: keys.datasets }),
    onError: tellProblem,
  });
}
