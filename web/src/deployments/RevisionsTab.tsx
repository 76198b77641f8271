import { Button } from "@mantine/core";
import { IconArrowBackUp } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { CopyableId } from "@/ui/DataTable";
import { formatAge, formatBytes, formatTime } from "@/ui/formatting";
import { DiagnosticLine } from "@/ui/ProblemNotice";
import type { Deployment, Revision } from "./deployments";
import classes from "./RevisionsTab.module.css";
import { useDeploymentDeeds } from "./useDeploymentDeeds";

/** What answered when, newest first, and the way back to each. */
export function RevisionsTab({ deployment }: { deployment: Deployment }) {
  const { t } = useTranslation("deployments");
  return (
    <>
      <p className={classes.text}>{t("revision.text")}</p>
      <ol className={classes.revisions} aria-label={t("tab.revisions")}>
        {deployment.revisions.map((revision) => (
          <li key={revision.number} data-current={revision.is_current || undefined}>
            <RevisionRow deployment={deployment} revision={revision} />
          </li>
        ))}
      </ol>
    </>
  );
}

function RevisionRow({ deployment, revision }: { deployment: Deployment; revision: Revision }) {
  const { t } = useTranslation("deployments");
  const deeds = useDeploymentDeeds();
  const mayWrite = deployment.right === "own" || deployment.right === "write";
  const isComing = deployment.upcoming?.number === revision.number && revision.state !== "failed";
  const canReturn = mayWrite && revision.state === "ready" && !revision.is_current && !isComing;
  return (
    <article className={classes.revision} aria-label={t("revision.number", revision)}>
      <div className={classes.line}>
        <strong>{t("revision.number", revision)}</strong>
        <span className={classes.chip} data-state={stateOf(revision, isComing)}>
          {t(`revision.${stateOf(revision, isComing)}`)}
        </span>
        <Link to={`/runs/${revision.run}`} className={classes.run}>
          {revision.pipeline}
        </Link>
        <CopyableId id={revision.run} />
        {canReturn && (
          <Button
            variant="default"
            size="compact-sm"
            className={classes.back}
            leftSection={<IconArrowBackUp size={14} aria-hidden />}
            onClick={() => void deeds.activate(deployment, revision)}
          >
            {t("rollBack.action")}
          </Button>
        )}
      </div>
      <div className={classes.details}>
        <span>{revision.models.map(({ name }) => name).join(", ")}</span>
        {revision.size_bytes !== null && <span>{formatBytes(revision.size_bytes)}</span>}
        <span title={formatTime(revision.created)}>{formatAge(revision.created)}</span>
        {revision.created_by !== null && <span>{revision.created_by}</span>}
        {revision.digest !== null && (
          <code title={revision.digest}>{revision.digest.slice(0, 12)}</code>
        )}
      </div>
      {revision.problem.length > 0 && (
        <ul className={classes.problems}>
          {revision.problem.map((diagnostic) => (
            <DiagnosticLine key={diagnostic.code + diagnostic.message} diagnostic={diagnostic} />
          ))}
        </ul>
      )}
    </article>
  );
}

function stateOf(revision: Revision, isComing: boolean) {
  if (revision.is_current) {
    return "current";
  }
  return isComing ? "coming" : revision.state;
}
