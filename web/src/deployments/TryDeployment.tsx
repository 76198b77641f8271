import { Button } from "@mantine/core";
import { IconDownload, IconPlugConnectedX } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { api, dataOf } from "@/api/client";
import { DropArea } from "@/data/DropArea";
import { PictureStrip } from "@/models/PictureStrip";
import { type Answer, contentType, shortAnswer, shownAt, TOP, useTries } from "@/models/predicting";
import { TryResult } from "@/models/TryResult";
import { Invitation, usePastedPictures } from "@/models/TryTab";
import { EmptyState } from "@/ui/EmptyState";
import { formatCount } from "@/ui/formatting";
import { CorrectAnswer } from "./CorrectAnswer";
import { canCorrect, correctionsUrl } from "./corrections";
import type { Deployment } from "./deployments";
import classes from "./TryDeployment.module.css";

interface TryDeploymentProps {
  deployment: Deployment;
  /** Pasting works only while the tab is in front. */
  isShown: boolean;
}

/** Send pictures the way callers do, and keep what they really show where the answer is wrong. */
export function TryDeployment({ deployment, isShown }: TryDeploymentProps) {
  const { t } = useTranslation(["deployments", "models"]);
  const tries = useTries(deployment.id, false, predictDeployed);
  usePastedPictures(tries, isShown);
  const { shown } = tries;
  if (deployment.right === "read") {
    return <p className={classes.note}>{t("try.notAllowed")}</p>;
  }
  if (deployment.state !== "running" && shown === null) {
    return (
      <EmptyState icon={IconPlugConnectedX} title={t("try.notRunning")}>
        {t("try.notRunningText")}
      </EmptyState>
    );
  }
  return (
    <DropArea
      title={t("models:try.dropTitle")}
      text={t("models:try.dropText")}
      onDrop={(transfer) => tries.tryFiles([...transfer.files])}
    >
      <div className={classes.try}>
        {shown === null ? (
          <Invitation tries={tries} />
        ) : (
          <>
            <TryResult key={shown.key} shown={shown} tries={tries} />
            <CorrectAnswer key={`correct ${shown.key}`} deployment={deployment} shown={shown} />
          </>
        )}
        {tries.tries.length > 1 && (
          <PictureStrip
            title={t("models:try.history")}
            pictures={tries.tries.map((each) => ({
              key: each.key,
              url: shownAt(each),
              label: shortAnswer(each),
              isChosen: each.key === shown?.key,
              isWrong: false,
            }))}
            onChoose={tries.show}
          />
        )}
        <Corrections deployment={deployment} />
      </div>
    </DropArea>
  );
}

/** A prediction by the process that serves, not by the workbench's own. */
function predictDeployed(deployment: string, picture: Blob): Promise<Answer> {
  return dataOf(
    api.POST("/api/v1/deployments/{deployment}/predict", {
      params: { path: { deployment }, query: { top: TOP } },
      body: picture as unknown as string, // the description has no type for bytes
      bodySerializer: (body) => body,
      headers: { "Content-Type": contentType(picture) },
    }),
  ) as Promise<Answer>; // rows of tables are answered in another way
}

/** How many answers were corrected, and the way to them. */
function Corrections({ deployment }: { deployment: Deployment }) {
  const { t } = useTranslation("deployments");
  const { corrections, task, id } = deployment;
  const mayTake = deployment.right === "write" || deployment.right === "own";
  if (!canCorrect(task)) {
    return null;
  }
  return (
    <section className={classes.corrections} aria-label={t("correct.all")}>
      <div>
        <h2>{t("correct.all")}</h2>
        <p>
          {corrections === 0
            ? t("correct.none")
            : t("correct.count", { count: corrections, shown: formatCount(corrections) })}
        </p>
      </div>
      {corrections > 0 && mayTake && (
        <Button
          component="a"
          href={correctionsUrl(id)}
          download
          variant="default"
          leftSection={<IconDownload size={14} aria-hidden />}
        >
          {t("correct.download")}
        </Button>
      )}
    </section>
  );
}
