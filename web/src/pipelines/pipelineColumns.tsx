import { IconLock, IconUsers, IconUsersGroup } from "@tabler/icons-react";
import type { TFunction } from "i18next";
import { Link } from "react-router";
import { DeploymentBadge } from "@/deployments/DeploymentBadge";
import type { Column } from "@/ui/DataTable";
import { formatAge, formatTime } from "@/ui/formatting";
import { StateBadge } from "@/ui/StateBadge";
import { formatMetric } from "./mainMetric";
import classes from "./PipelinesScreen.module.css";
import type { PipelineRow } from "./pipelineRows";

const VISIBILITY_ICONS = { private: IconLock, shared: IconUsers, public: IconUsersGroup } as const;

/** Columns of the table of pipelines; the quick actions stand where narrow windows show them too. */
export function pipelineColumns(
  t: TFunction<"pipelines">,
  quickActions: Column<PipelineRow>,
): Column<PipelineRow>[] {
  return [
    {
      id: "name",
      header: t("column.name"),
      width: 180,
      grows: true,
      isFixed: true,
      sortValue: (row) => row.name,
      render: (row) => (
        <Link to={`/pipelines/${row.id}`} className={classes.name} title={row.name}>
          {row.name}
        </Link>
      ),
    },
    {
      id: "description",
      header: t("column.description"),
      width: 160,
      grows: true,
      sortValue: (row) => row.description,
      render: (row) => <span title={row.description}>{row.description}</span>,
    },
    {
      id: "state",
      header: t("column.state"),
      width: 200,
      sortValue: (row) => row.run?.created,
      firstOrder: "descending",
      render: (row) => <LatestRun row={row} />,
    },
    {
      id: "metric",
      header: t("column.metric"),
      width: 136,
      align: "end",
      sortValue: (row) => row.metric?.value,
      firstOrder: "descending",
      render: ({ metric }) =>
        metric && (
          <span title={metric.key}>
            <span className={classes.dim}>{metric.name}</span> {formatMetric(metric)}
          </span>
        ),
    },
    {
      id: "served",
      header: t("column.served"),
      width: 148,
      sortValue: (row) => row.served.length,
      firstOrder: "descending",
      render: (row) => <Served row={row} />,
    },
    quickActions,
    {
      id: "versions",
      header: t("column.versions"),
      width: 84,
      align: "end",
      sortValue: (row) => row.num_versions,
      firstOrder: "descending",
      render: (row) => row.num_versions || "–",
    },
    {
      id: "changed",
      header: t("column.changed"),
      width: 168,
      sortValue: (row) => row.changed,
      firstOrder: "descending",
      render: (row) => (
        <span title={formatTime(row.changed)}>
          {t("changedBy", { age: formatAge(row.changed), name: row.changed_by })}
        </span>
      ),
    },
    {
      id: "owner",
      header: t("column.owner"),
      width: 88,
      sortValue: (row) => row.owner,
      render: (row) => row.owner ?? "–",
    },
    {
      id: "visibility",
      header: t("column.visibility"),
      width: 96,
      sortValue: (row) => row.visibility,
      render: ({ visibility }) => {
        const Icon = VISIBILITY_ICONS[visibility];
        return (
          <span className={classes.visibility}>
            <Icon size={14} aria-hidden />
            {t(`visibility.${visibility}`)}
          </span>
        );
      },
    },
  ];
}

/** The deployment of a pipeline, or the first of several. */
function Served({ row: { served } }: { row: PipelineRow }) {
  const first = served.find(({ state }) => state === "running") ?? served[0];
  return first === undefined ? (
    "–"
  ) : (
    <Link
      to={`/deployments/${first.id}`}
      className={classes.run}
      title={served.map(({ name }) => name).join(", ")}
    >
      <DeploymentBadge deployment={first} />
      {served.length > 1 && <span className={classes.dim}>+{served.length - 1}</span>}
    </Link>
  );
}

function LatestRun({ row: { run } }: { row: PipelineRow }) {
  return run === null ? (
    "–"
  ) : (
    <Link to={`/runs/${run.id}`} className={classes.run} title={formatTime(run.created)}>
      <StateBadge state={run.state} />
      <span className={classes.dim}>{formatAge(run.created)}</span>
    </Link>
  );
}
