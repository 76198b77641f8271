import { Button } from "@mantine/core";
import { IconArrowsDiff, IconChartLine, IconFilterOff } from "@tabler/icons-react";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate } from "react-router";
import { DataTable } from "@/ui/DataTable";
import { EmptyState } from "@/ui/EmptyState";
import { formatCount } from "@/ui/formatting";
import { Loading } from "@/ui/Loading";
import { Page } from "@/ui/Page";
import { ProblemNotice } from "@/ui/ProblemNotice";
import { ShareDialog } from "@/ui/ShareDialog";
import { RunFilterBar } from "./RunFilterBar";
import classes from "./RunsScreen.module.css";
import { type AnyRun, useRunMenu } from "./runActions";
import { metricNames, runColumns, settingNames } from "./runColumns";
import { isNarrowed, USUAL_SORT, useRunFilters } from "./runFilters";
import { type RunSummary, useRunTable } from "./runQueries";

/** All runs one may see: narrowed down, ordered, compared. */
export function Component() {
  const { t } = useTranslation("runs");
  const navigate = useNavigate();
  const [filters, change] = useRunFilters();
  const [selection, select] = useState<ReadonlySet<string>>(new Set());
  const { query, rows, total, more } = useRunTable(filters);
  const [shared, share] = useState<AnyRun | null>(null);
  const menu = useRunMenu(share);
  const columns = useRunColumns(rows);
  const pipelines = useMemo(() => {
    const names = rows.map((row) => row.pipeline).concat(filters.pipeline ?? []);
    return [...new Set(names)].sort();
  }, [rows, filters.pipeline]);
  return (
    <Page
      title={t("common:nav.runs")}
      actions={
        <>
          <span className={classes.total} role="status">
            {query.data && t("list.total", { count: total, shown: formatCount(total) })}
          </span>
          <Button
            leftSection={<IconArrowsDiff size={14} />}
            disabled={selection.size < 2}
            onClick={() => navigate(`/runs/compare?runs=${[...selection].join(",")}`)}
          >
            {selection.size < 2
              ? t("list.compare")
              : t("list.compareSome", { count: selection.size })}
          </Button>
        </>
      }
      toolbar={<RunFilterBar filters={filters} onChange={change} pipelines={pipelines} />}
    >
      <div className={classes.table}>
        {query.isError && <ProblemNotice problem={query.error} />}
        {query.data === undefined ? (
          !query.isError && <Loading />
        ) : (
          <DataTable
            name="runs"
            label={t("common:nav.runs")}
            rows={rows}
            columns={columns}
            rowKey={keyOf}
            total={total}
            onOpen={(run) => navigate(`/runs/${run.id}`)}
            selection={selection}
            onSelectionChange={select}
            sort={filters.sort}
            onSortChange={(sort) => change({ sort: sort ?? USUAL_SORT })}
            actions={menu}
            onEndReached={more}
            empty={<NoRuns isNarrowed={isNarrowed(filters)} onReset={() => navigate("/runs")} />}
          />
        )}
      </div>
      {shared && (
        <ShareDialog
          kind="runs"
          id={shared.id}
          right={shared.right}
          isOpen
          onClose={() => share(null)}
        />
      )}
    </Page>
  );
}

const keyOf = (run: RunSummary) => run.id;

function useRunColumns(rows: readonly RunSummary[]) {
  const { t } = useTranslation("runs");
  // The same names, the same columns: rows are then not drawn again when numbers change.
  const metrics = useMemo(() => metricNames(rows).join("\n"), [rows]);
  const settings = useMemo(() => settingNames(rows).join("\n"), [rows]);
  return useMemo(() => {
    const names = (text: string) => (text === "" ? [] : text.split("\n"));
    return runColumns(t, names(metrics), names(settings));
  }, [t, metrics, settings]);
}

function NoRuns({ isNarrowed: isFiltered, onReset }: { isNarrowed: boolean; onReset(): void }) {
  const { t } = useTranslation("runs");
  return isFiltered ? (
    <EmptyState
      icon={IconFilterOff}
      title={t("list.noMatch")}
      action={<Button onClick={onReset}>{t("list.reset")}</Button>}
    />
  ) : (
    <EmptyState
      icon={IconChartLine}
      title={t("list.none")}
      action={
        <Button component={Link} to="/pipelines">
          {t("list.toPipelines")}
        </Button>
      }
    >
      {t("list.noneText")}
    </EmptyState>
  );
}
