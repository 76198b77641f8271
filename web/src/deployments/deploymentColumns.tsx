import type { TFunction } from "i18next";
import { useMemo } from "react";
import { Link } from "react-router";
import { useText } from "@/i18n/useText";
import type { Column } from "@/ui/DataTable";
import { formatAge, formatCount, formatNumber, formatTime } from "@/ui/formatting";
import { DeploymentBadge } from "./DeploymentBadge";
import classes from "./Deployments.module.css";
import type { DeploymentSummary } from "./deployments";
import { perMinute } from "./liveCurves";

type Texts = TFunction<"deployments">;

/** What the table of deployments tells of each. */
export function useDeploymentColumns(): Column<DeploymentSummary>[] {
  const t = useText("deployments");
  const models = useText("models");
  return useMemo(
    () => [...servingColumns(t, models), ...numberColumns(t), ...originColumns(t)],
    [t, models],
  );
}

const servingColumns = (t: Texts, models: TFunction<"models">): Column<DeploymentSummary>[] => [
  {
    id: "name",
    header: t("column.name"),
    width: 168,
    grows: true,
    isFixed: true,
    sortValue: (row) => row.name,
    render: (row) => (
      <Link to={`/deployments/${row.id}`} className={classes.name} title={row.note || row.name}>
        {row.name}
      </Link>
    ),
  },
  {
    id: "state",
    header: t("column.state"),
    width: 128,
    sortValue: (row) => row.state,
    render: (row) => <DeploymentBadge deployment={row} />,
  },
  {
    id: "model",
    header: t("column.model"),
    width: 176,
    grows: true,
    sortValue: (row) => row.task,
    render: ({ task, revision }) => (
      <span title={revision?.models.map(({ name }) => name).join(", ")}>
        {revision?.pipeline ?? "–"}{" "}
        {task !== null && (
          <span className={classes.dim}>{models(`task.${task}`, { defaultValue: task })}</span>
        )}
      </span>
    ),
  },
  {
    id: "revision",
    header: t("column.revision"),
    width: 84,
    align: "end",
    sortValue: (row) => row.revision?.number,
    firstOrder: "descending",
    render: ({ revision, upcoming }) => (
      <span title={revision ? formatTime(revision.created) : undefined}>
        {revision?.number ?? "–"}
        {upcoming !== null && upcoming.state !== "failed" && ` → ${upcoming.number}`}
      </span>
    ),
  },
  {
    id: "url",
    header: t("column.url"),
    width: 196,
    sortValue: (row) => row.port,
    render: ({ url }) => (url === null ? "–" : <code className={classes.url}>{url}</code>),
  },
];

const numberColumns = (t: Texts): Column<DeploymentSummary>[] => [
  {
    id: "rate",
    header: t("column.rate"),
    hint: t("column.rateHint"),
    width: 92,
    align: "end",
    sortValue: ({ numbers }) => numbers?.requests_per_s,
    firstOrder: "descending",
    render: ({ numbers }) =>
      numbers === null ? "–" : formatNumber(perMinute(numbers.requests_per_s)),
  },
  {
    id: "p99",
    header: t("column.p99"),
    hint: t("column.p99Hint"),
    width: 92,
    align: "end",
    sortValue: ({ numbers }) => numbers?.p99_ms,
    firstOrder: "descending",
    render: ({ numbers }) => milliseconds(numbers?.p99_ms),
  },
  {
    id: "errors",
    header: t("column.errors"),
    hint: t("column.errorsHint"),
    width: 80,
    align: "end",
    sortValue: ({ numbers }) => numbers?.errors,
    firstOrder: "descending",
    render: ({ numbers }) =>
      numbers === null ? (
        "–"
      ) : (
        <span className={numbers.errors > 0 ? classes.bad : undefined}>
          {formatCount(numbers.errors)}
        </span>
      ),
  },
];

/** `3.2 ms`; a dash where nothing was measured. */
export const milliseconds = (value: number | null | undefined): string =>
  value === null || value === undefined
    ? "–"
    : `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;

const originColumns = (t: Texts): Column<DeploymentSummary>[] => [
  {
    id: "owner",
    header: t("column.owner"),
    width: 88,
    sortValue: (row) => row.owner,
    render: (row) => row.owner ?? "–",
  },
  {
    id: "created",
    header: t("column.created"),
    width: 120,
    sortValue: (row) => row.created,
    firstOrder: "descending",
    render: (row) => <span title={formatTime(row.created)}>{formatAge(row.created)}</span>,
  },
];
