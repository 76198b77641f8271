import { ActionIcon } from "@mantine/core";
import {
  IconChevronDown,
  IconChevronsUp,
  IconChevronUp,
  type IconProps,
} from "@tabler/icons-react";
import type { TFunction } from "i18next";
import type { ComponentType } from "react";
import { Link } from "react-router";
import type { Column } from "@/ui/DataTable";
import { formatBytes, formatNumber } from "@/ui/formatting";
import { StateBadge } from "@/ui/StateBadge";
import classes from "./DevicesPanel.module.css";
import type { Move } from "./order";
import type { QueuedJob } from "./queueQueries";

const MOVES: { move: Move; icon: ComponentType<IconProps> }[] = [
  { move: "top", icon: IconChevronsUp },
  { move: "up", icon: IconChevronUp },
  { move: "down", icon: IconChevronDown },
];

interface Reordering {
  canMove(job: QueuedJob, move: Move): boolean;
  move(job: QueuedJob, move: Move): void;
}

/** Columns of the table of jobs. */
export function jobColumns(t: TFunction<"queue">, order: Reordering): Column<QueuedJob>[] {
  return [
    {
      id: "state",
      header: t("column.state"),
      width: 112,
      render: ({ state }) => <StateBadge state={state} />,
    },
    {
      id: "node",
      header: t("column.node"),
      width: 144,
      isFixed: true,
      render: ({ node, operator }) =>
        node === null ? (
          <span className={classes.dim}>{t("hidden")}</span>
        ) : (
          <span title={operator ?? ""}>{node}</span>
        ),
    },
    {
      id: "run",
      header: t("column.run"),
      width: 184,
      render: ({ run }) =>
        run && (
          <Link className={classes.link} to={`/runs/${run}`}>
            {run}
          </Link>
        ),
    },
    {
      id: "why",
      header: t("column.why"),
      width: 200,
      grows: true,
      render: ({ why }) => <span title={why}>{why}</span>,
    },
    {
      id: "needs",
      header: t("column.needs"),
      width: 168,
      render: (job) => needsOf(job, t),
    },
    {
      id: "priority",
      header: t("column.priority"),
      width: 80,
      align: "end",
      render: ({ priority }) => priority,
    },
    {
      id: "order",
      header: t("column.order"),
      width: 104,
      render: (job) => job.state === "queued" && <Moves job={job} order={order} t={t} />,
    },
  ];
}

interface MovesProps {
  job: QueuedJob;
  order: Reordering;
  t: TFunction<"queue">;
}

function Moves({ job, order, t }: MovesProps) {
  return (
    <span className={classes.moves}>
      {MOVES.map(({ move, icon: Icon }) => (
        <ActionIcon
          key={move}
          size="sm"
          aria-label={t(`move.${move}`)}
          title={t(`move.${move}`)}
          disabled={!order.canMove(job, move)}
          onClick={(event) => {
            event.stopPropagation(); // the row opens the run
            order.move(job, move);
          }}
        >
          <Icon size={14} />
        </ActionIcon>
      ))}
    </span>
  );
}

function needsOf(job: QueuedJob, t: TFunction<"queue">): string {
  const parts = [t("cores", { count: job.cpus, number: formatNumber(job.cpus) })];
  if (job.memory_mb !== null) {
    parts.push(formatBytes(job.memory_mb * (1 << 20)));
  }
  if (job.gpus.length > 0) {
    parts.push(t("gpus", { indices: job.gpus.join(", ") }));
  }
  return parts.join(" · ");
}
