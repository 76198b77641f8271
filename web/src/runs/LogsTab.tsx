import { IconFileText } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { EmptyState } from "@/ui/EmptyState";
import { StateBadge } from "@/ui/StateBadge";
import classes from "./LogsTab.module.css";
import { LogViewer } from "./LogViewer";
import type { Run, RunNode } from "./runQueries";

interface LogsTabProps {
  run: Run;
  selected: string | null;
  onSelect(node: string): void;
}

/** The logs of the nodes that ran, one at a time. */
export function LogsTab({ run, selected, onSelect }: LogsTabProps) {
  const { t } = useTranslation("runs");
  const nodes = run.nodes.filter(({ attempt }) => attempt > 0);
  const node = nodes.find(({ id }) => id === selected) ?? nodeOfInterest(nodes);
  if (node === undefined) {
    return (
      <EmptyState icon={IconFileText} title={t("log.none")}>
        {t("log.noneText")}
      </EmptyState>
    );
  }
  return (
    <div className={classes.logs}>
      <ul className={classes.nodes} aria-label={t("log.nodes")}>
        {nodes.map(({ id, state }) => (
          <li key={id}>
            <button
              type="button"
              aria-current={id === node.id}
              onClick={() => onSelect(id)}
              title={id}
            >
              <StateBadge state={state} hasWord={false} />
              <span>{id}</span>
            </button>
          </li>
        ))}
      </ul>
      <div className={classes.log}>
        <LogViewer key={node.id} runId={run.id} node={node.id} attempt={node.attempt} />
      </div>
    </div>
  );
}

/** Whose log one probably wants: of what failed, else of what runs, else of the first. */
function nodeOfInterest(nodes: readonly RunNode[]): RunNode | undefined {
  return (
    nodes.find(({ state }) => state === "failed") ??
    nodes.find(({ state }) => state === "running") ??
    nodes[0]
  );
}
