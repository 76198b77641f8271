import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { ENGINE_NAMES, enginesQuery, haveTables } from "@/tables/engines";
import { CopyableId } from "@/ui/DataTable";
import { formatAge, formatDuration, formatTime } from "@/ui/formatting";
import { isFinal } from "@/ui/states";
import classes from "./RunScreen.module.css";
import { etaOf } from "./runMetrics";
import type { Run } from "./runQueries";
import { useNow } from "./useNow";

/** When, how long, whose, what for. */
export function RunFacts({ run }: { run: Run }) {
  const { t } = useTranslation("runs");
  const isOver = isFinal(run.state);
  const now = useNow(!isOver);
  const eta = etaOf(run);
  const seconds =
    run.started === null ? null : isOver ? run.seconds : Math.max(now - run.started, 0);
  return (
    <dl className={classes.facts}>
      <Fact name={t("fact.id")}>
        <CopyableId id={run.id} />
      </Fact>
      <Fact name={t("list.column.created")}>
        <span title={formatTime(run.created)}>{formatAge(run.created)}</span>
      </Fact>
      <Fact name={t("list.column.duration")}>{formatDuration(seconds)}</Fact>
      {!isOver && eta !== null && <Fact name={t("fact.eta")}>{formatDuration(eta)}</Fact>}
      <Fact name={t("list.column.owner")}>{run.owner ?? t("list.commandLine")}</Fact>
      <EngineFact run={run} />
      {run.retried_from && (
        <Fact name={t("fact.repeats")}>
          <Link to={`/runs/${run.retried_from}`}>{run.retried_from}</Link>
        </Fact>
      )}
      {run.scratch && <Fact name={t("fact.kind")}>{t("fact.scratch")}</Fact>}
      {run.cancel_requested && !isOver && <Fact name={t("fact.stop")}>{t("fact.stopping")}</Fact>}
      {run.description && <Fact name={t("list.column.description")}>{run.description}</Fact>}
    </dl>
  );
}

/** What executes its tables, if it has any: what was asked for, or else what the project says now. */
function EngineFact({ run: { engine, nodes } }: { run: Run }) {
  const { t } = useTranslation("runs");
  const hasTables = haveTables(nodes.map(({ operator }) => operator));
  const { data } = useQuery({ ...enginesQuery, enabled: hasTables && engine === null });
  const shown = engine ?? data?.engine;
  if (!hasTables || shown === undefined) {
    return null;
  }
  return (
    <Fact name={t("fact.engine")}>
      <span title={t(engine === null ? "fact.engineOfProject" : "fact.engineAsked")}>
        {ENGINE_NAMES[shown]}
      </span>
    </Fact>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className={classes.fact}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
