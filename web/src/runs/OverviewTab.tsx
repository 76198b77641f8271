import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { type Column, DataTable } from "@/ui/DataTable";
import { formatDuration } from "@/ui/formatting";
import { StateBadge } from "@/ui/StateBadge";
import { NodePanel } from "./NodePanel";
import { NodeProgress } from "./NodeProgress";
import classes from "./OverviewTab.module.css";
import { RunGraph } from "./RunGraph";
import type { Run, RunNode } from "./runQueries";

interface OverviewTabProps {
  run: Run;
  selected: string | null;
  onSelect(node: string): void;
  onShowLog(node: string): void;
}

/** The graph, a table of the nodes, and beside them everything about the one that is chosen. */
export function OverviewTab({ run, selected, onSelect, onShowLog }: OverviewTabProps) {
  const { t } = useTranslation("runs");
  const columns = useNodeColumns();
  const waiting = run.nodes.find(({ state }) => state === "waiting");
  const node =
    run.nodes.find(({ id }) => id === selected) ??
    waiting ??
    run.nodes.find(({ state }) => state === "failed");
  return (
    <div className={classes.overview}>
      <div className={classes.left}>
        <RunGraph run={run} selected={node?.id ?? null} onSelect={onSelect} />
        <div className={classes.nodes}>
          <DataTable
            name="run-nodes"
            label={t("node.table")}
            rows={run.nodes}
            columns={columns}
            rowKey={idOf}
            onOpen={({ id }) => onSelect(id)}
          />
        </div>
      </div>
      {node && <NodePanel run={run} node={node} onShowLog={() => onShowLog(node.id)} />}
    </div>
  );
}

/** How long a node took, or has taken until now. */
const secondsSoFar = ({ state, started, seconds }: RunNode) =>
  state === "running" && started !== null ? Date.now() / 1000 - started : seconds;

const idOf = ({ id }: RunNode) => id;

function useNodeColumns(): Column<RunNode>[] {
  const { t } = useTranslation("runs");
  return useMemo(
    () => [
      {
        id: "node",
        header: t("node.node"),
        width: 150,
        isFixed: true,
        sortValue: idOf,
        render: ({ id }) => <strong title={id}>{id}</strong>,
      },
      {
        id: "operator",
        header: t("node.operator"),
        width: 150,
        sortValue: ({ operator }) => operator,
        render: ({ operator }) => <span title={operator}>{operator}</span>,
      },
      {
        id: "state",
        header: t("list.column.state"),
        width: 130,
        sortValue: ({ state }) => state,
        render: ({ state }) => <StateBadge state={state} />,
      },
      {
        id: "why",
        header: t("node.why"),
        width: 200,
        grows: true,
        render: (node) => <Reason node={node} />,
      },
      {
        id: "seconds",
        header: t("list.column.duration"),
        width: 92,
        align: "end",
        firstOrder: "descending",
        sortValue: ({ seconds }) => seconds,
        render: (node) => formatDuration(secondsSoFar(node)),
      },
      {
        id: "progress",
        header: t("node.progress"),
        width: 170,
        render: (node) => <NodeProgress node={node} />,
      },
    ],
    [t],
  );
}

/** The first diagnostic of a node that has some, else why it ran. */
function Reason({ node }: { node: RunNode }) {
  const first = node.diagnostics[0];
  return first ? (
    <span className={classes.problem} title={first.message}>
      {first.message}
    </span>
  ) : (
    <span title={node.why}>{node.why}</span>
  );
}
