/** Columns of the table of runs: what every run has, its metrics, and the settings in which runs differ. */
import type { TFunction } from "i18next";
import type { Column } from "@/ui/DataTable";
import { CopyableId } from "@/ui/DataTable";
import { formatAge, formatDuration, formatNumber, formatTime } from "@/ui/formatting";
import { StateBadge } from "@/ui/StateBadge";
import { NodeCounts } from "./NodeCounts";
import type { RunSummary } from "./runQueries";

/** So many metrics and settings are shown until somebody chooses. */
const METRICS_AT_FIRST = 4;
const SETTINGS_AT_FIRST = 3;

/** Every metric of the rows: those of the latest run first, the most telling ones before others. */
export function metricNames(rows: readonly RunSummary[]): string[] {
  const names = new Set<string>();
  for (const row of rows) {
    const news = Object.keys(row.metrics).filter((name) => !names.has(name));
    for (const name of news.sort(byWeight)) {
      names.add(name);
    }
  }
  return [...names];
}

const QUALITY = /acc|f1|auc|\bmap\b|iou/i;
const LOSS = /loss/i;
const UNSEEN = /test|score|evaluate|valid/i;

/** Quality before losses before the rest; of each kind what was measured on unseen samples first. */
const weight = (name: string): number => {
  const kind = QUALITY.test(name) ? 0 : LOSS.test(name) ? 2 : 4;
  return kind + (UNSEEN.test(name) ? 0 : 1);
};

const byWeight = (a: string, b: string): number => weight(a) - weight(b) || (a < b ? -1 : 1);

/** Every setting in which rows differ. */
export function settingNames(rows: readonly RunSummary[]): string[] {
  return [...new Set(rows.flatMap((row) => Object.keys(row.settings)))].sort();
}

/** Seconds that a run took so far. */
function durationOf(run: Pick<RunSummary, "started" | "finished">, nowS: number) {
  return run.started === null ? null : (run.finished ?? nowS) - run.started;
}

/** A setting's value in a cell. */
export function settingText(value: unknown): string {
  if (value === undefined) {
    return "";
  }
  if (typeof value === "number") {
    return Number.isInteger(value) ? String(value) : formatNumber(value);
  }
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** All columns, for these names of metrics and settings. */
export function runColumns(
  t: TFunction<"runs">,
  metrics: readonly string[],
  settings: readonly string[],
): Column<RunSummary>[] {
  return [
    ...usualColumns(t),
    ...metrics.map(
      (name, at): Column<RunSummary> => ({
        id: `metric:${name}`,
        header: name,
        group: t("list.metrics"),
        width: 132,
        align: "end",
        isSortable: true,
        firstOrder: "descending",
        isOptional: at >= METRICS_AT_FIRST,
        render: (run) => (name in run.metrics ? formatNumber(run.metrics[name]) : ""),
      }),
    ),
    ...settings.map(
      (name, at): Column<RunSummary> => ({
        id: `setting:${name}`,
        header: name,
        group: t("list.settings"),
        width: 128,
        isOptional: at >= SETTINGS_AT_FIRST,
        render: (run) => {
          const text = settingText(run.settings[name]);
          return <span title={text}>{text}</span>;
        },
      }),
    ),
  ];
}

function usualColumns(t: TFunction<"runs">): Column<RunSummary>[] {
  const column = (
    id: string,
    more: Omit<Column<RunSummary>, "id" | "header">,
  ): Column<RunSummary> => ({ id, header: t(`list.column.${id}`), ...more });
  return [
    column("state", {
      width: 124,
      isSortable: true,
      render: (run) => <StateBadge state={run.state} />,
    }),
    column("pipeline", {
      width: 150,
      isSortable: true,
      isFixed: true,
      render: (run) => <span title={run.pipeline}>{run.pipeline}</span>,
    }),
    column("description", {
      width: 180,
      grows: true,
      render: (run) => <span title={run.description}>{run.description}</span>,
    }),
    column("id", { width: 208, render: (run) => <CopyableId key={run.id} id={run.id} /> }),
    column("created", {
      width: 124,
      isSortable: true,
      firstOrder: "descending",
      render: (run) => (
        <time dateTime={new Date(run.created * 1000).toISOString()} title={formatTime(run.created)}>
          {formatAge(run.created)}
        </time>
      ),
    }),
    column("duration", {
      width: 104,
      align: "end",
      isSortable: true,
      firstOrder: "descending",
      render: (run) => formatDuration(durationOf(run, Date.now() / 1000)),
    }),
    column("nodes", { width: 112, render: (run) => <NodeCounts counts={run.nodes} /> }),
    column("owner", {
      width: 100,
      isSortable: true,
      render: (run) => run.owner ?? t("list.commandLine"),
    }),
  ];
}
