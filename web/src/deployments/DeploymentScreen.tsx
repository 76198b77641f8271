import { Alert, Tabs } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { Answered } from "@/ui/Answered";
import { formatAge, formatCount } from "@/ui/formatting";
import { DiagnosticLine } from "@/ui/ProblemNotice";
import { TabbedPage, useTab } from "@/ui/TabbedPage";
import { DeploymentActions } from "./DeploymentActions";
import { DeploymentBadge } from "./DeploymentBadge";
import { DeploymentLog } from "./DeploymentLog";
import classes from "./DeploymentScreen.module.css";
import { type Deployment, deploymentQuery, servedTable } from "./deployments";
import { OverviewTab } from "./OverviewTab";
import { RevisionsTab } from "./RevisionsTab";
import { TryDeployedRows } from "./TryDeployedRows";
import { TryDeployment } from "./TryDeployment";

const TABS = ["overview", "try", "revisions", "log"] as const;

/** One deployment: where it answers and how it does, try it, roll it back, read its log. */
export function Component() {
  const { deployment = "" } = useParams();
  const query = useQuery(deploymentQuery(deployment));
  return (
    <Answered query={query}>
      {(found) => <DeploymentPage key={deployment} deployment={found} />}
    </Answered>
  );
}

function DeploymentPage({ deployment }: { deployment: Deployment }) {
  const { t } = useTranslation(["deployments", "models"]);
  const tab = useTab(TABS, "overview");
  // What was tried stays while one looks at other tabs.
  const [wasTried, setTried] = useState(false);
  useEffect(() => setTried((before) => before || tab === "try"), [tab]);
  return (
    <TabbedPage
      title={deployment.name}
      list={{ to: "/deployments", title: t("title") }}
      actions={<DeploymentActions deployment={deployment} />}
      facts={<Facts deployment={deployment} />}
      tabs={TABS}
      tab={tab}
      titleOf={(each) => t(`tab.${each}`)}
    >
      {tab !== "log" && <Problem deployment={deployment} />}
      <Tabs.Panel value="overview">
        {tab === "overview" && <OverviewTab deployment={deployment} />}
      </Tabs.Panel>
      <Tabs.Panel value="try" h="100%">
        {wasTried && <TryOut deployment={deployment} isShown={tab === "try"} />}
      </Tabs.Panel>
      <Tabs.Panel value="revisions">
        {tab === "revisions" && <RevisionsTab deployment={deployment} />}
      </Tabs.Panel>
      <Tabs.Panel value="log" h="100%">
        {tab === "log" && <DeploymentLog deployment={deployment} />}
      </Tabs.Panel>
    </TabbedPage>
  );
}

/** Pictures or rows, by what the model takes. */
function TryOut({ deployment, isShown }: { deployment: Deployment; isShown: boolean }) {
  const table = servedTable(deployment);
  return table === null ? (
    <TryDeployment deployment={deployment} isShown={isShown} />
  ) : (
    <TryDeployedRows deployment={deployment} table={table} />
  );
}

function Facts({ deployment }: { deployment: Deployment }) {
  const { t } = useTranslation(["deployments", "models"]);
  const { task, revision, owner, visibility, started, restarts } = deployment;
  return (
    <>
      <DeploymentBadge deployment={deployment} />
      {task !== null && <span>{t(`models:task.${task}`, { defaultValue: task })}</span>}
      {revision !== null && <span>{t("revision.number", { number: revision.number })}</span>}
      {started !== null && <span>{t("since", { age: formatAge(started) })}</span>}
      {restarts > 0 && (
        <span className={classes.restarts}>
          {t("restarts", { count: restarts, shown: formatCount(restarts) })}
        </span>
      )}
      {owner !== null && <span>{owner}</span>}
      <span>{t(`models:visibility.${visibility}`)}</span>
    </>
  );
}

/** Why it failed, or why the last change could not be made. */
function Problem({ deployment: { state, problem } }: { deployment: Deployment }) {
  const { t } = useTranslation("deployments");
  if (problem.length === 0) {
    return null;
  }
  const isDown = state === "failed";
  return (
    <Alert
      className={classes.problem}
      color={isDown ? "red" : "yellow"}
      variant="light"
      role="alert"
      icon={<IconAlertTriangle size={18} />}
      title={t(isDown ? "problem.failed" : "problem.change")}
    >
      <ul className={classes.problems}>
        {problem.map((diagnostic) => (
          <DiagnosticLine key={diagnostic.code + diagnostic.message} diagnostic={diagnostic} />
        ))}
      </ul>
    </Alert>
  );
}
