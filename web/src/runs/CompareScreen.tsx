import { IconArrowsDiff } from "@tabler/icons-react";
import { useQueries } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Link, useSearchParams } from "react-router";
import { EmptyState } from "@/ui/EmptyState";
import { Loading } from "@/ui/Loading";
import { Page } from "@/ui/Page";
import { ProblemNotice } from "@/ui/ProblemNotice";
import { StateBadge } from "@/ui/StateBadge";
import classes from "./CompareScreen.module.css";
import { DifferenceTable, MetricTable } from "./ComparisonTables";
import { differingRows, metricRows, missingNodes } from "./comparison";
import { MetricCharts } from "./MetricCharts";
import { sourcesOf } from "./runMetrics";
import { comparisonQuery, type Run, runQuery } from "./runQueries";

/** Runs side by side: what was set, what came out, and their curves over each other. */
export function Component() {
  const { t } = useTranslation("runs");
  const [params] = useSearchParams();
  const list = params.get("runs") ?? "";
  const ids = useMemo(() => [...new Set(list.split(",").filter(Boolean))], [list]);
  const found = useQueries({ queries: ids.map(runQuery) });
  const problem = found.find(({ error }) => error !== null)?.error;
  const runs = found.flatMap(({ data }) => data ?? []);
  return (
    <Page title={t("compare.title", { count: ids.length })}>
      {ids.length < 2 ? (
        <EmptyState
          icon={IconArrowsDiff}
          title={t("compare.few")}
          action={<Link to="/runs">{t("common:nav.runs")}</Link>}
        >
          {t("compare.fewText")}
        </EmptyState>
      ) : problem ? (
        <ProblemNotice problem={problem} />
      ) : runs.length < ids.length ? (
        <Loading />
      ) : (
        <Comparison runs={runs} />
      )}
    </Page>
  );
}

function Comparison({ runs }: { runs: readonly Run[] }) {
  const { t } = useTranslation("runs");
  const [first, ...others] = runs;
  const answers = useQueries({
    queries: others.map((other) => comparisonQuery(first?.id ?? "", other.id)),
  });
  const problem = answers.find(({ error }) => error !== null)?.error;
  const comparisons = answers.map(({ data }) => data).filter((data) => data !== undefined);
  const isRead = comparisons.length === others.length;
  const missing = missingNodes(comparisons);
  const rows = isRead ? differingRows(comparisons) : [];
  const sources = useSources(runs);
  return (
    <div className={classes.comparison}>
      <RunHeads runs={runs} />
      {problem ? <ProblemNotice problem={problem} /> : null}
      {missing.length > 0 && (
        <p className={classes.note}>{t("compare.missing", { nodes: missing.join(", ") })}</p>
      )}
      <section>
        <h2>{t("compare.settings")}</h2>
        {isRead ? (
          <DifferenceTable runs={runs} rows={rows.filter(({ kind }) => kind !== "data")} />
        ) : (
          <Loading />
        )}
      </section>
      {rows.some(({ kind }) => kind === "data") && (
        <section>
          <h2>{t("compare.data")}</h2>
          <DifferenceTable runs={runs} rows={rows.filter(({ kind }) => kind === "data")} />
        </section>
      )}
      <section>
        <h2>{t("compare.metrics")}</h2>
        <MetricTable runs={runs} rows={metricRows(runs)} />
      </section>
      <section>
        <h2>{t("tab.curves")}</h2>
        <MetricCharts sources={sources} />
      </section>
    </div>
  );
}

/** All metrics of all runs; stable while runs go on and only values change. */
function useSources(runs: readonly Run[]) {
  const names = JSON.stringify(
    runs.map((run) => [run.id, run.nodes.map(({ id, metrics }) => [id, Object.keys(metrics)])]),
  );
  // biome-ignore lint/correctness/useExhaustiveDependencies: `names` stands for what matters of the runs
  return useMemo(() => runs.flatMap((run, at) => sourcesOf(run, shortName(run, at))), [names]);
}

/** What tells a run apart in a legend: its description if it has one. */
function shortName(run: Pick<Run, "id" | "description">, at: number): string {
  return `${at + 1}: ${run.description || run.id}`;
}

function RunHeads({ runs }: { runs: readonly Run[] }) {
  return (
    <ol className={classes.heads}>
      {runs.map((run, at) => (
        <li key={run.id}>
          <span className={classes.number}>{at + 1}</span>
          <StateBadge state={run.state} hasWord={false} />
          <Link to={`/runs/${run.id}`}>{run.pipeline}</Link>
          <span className={classes.id}>{run.id}</span>
          <span>{run.description}</span>
        </li>
      ))}
    </ol>
  );
}
