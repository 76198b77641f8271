import { Button } from "@mantine/core";
import { IconCircleCheck } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { EmptyState } from "@/ui/EmptyState";
import { DiagnosticLine } from "@/ui/ProblemNotice";
import { StateBadge } from "@/ui/StateBadge";
import classes from "./DiagnosticsTab.module.css";
import type { Run } from "./runQueries";

/** What nodes had to complain about. */
export function DiagnosticsTab({ run, onShowLog }: { run: Run; onShowLog(node: string): void }) {
  const { t } = useTranslation("runs");
  const nodes = run.nodes.filter(({ diagnostics }) => diagnostics.length > 0);
  if (nodes.length === 0) {
    return <EmptyState icon={IconCircleCheck} title={t("diagnostics.none")} />;
  }
  return (
    <div className={classes.list}>
      {nodes.map((node) => (
        <section key={node.id} className={classes.node}>
          <div className={classes.head}>
            <StateBadge state={node.state} hasWord={false} />
            <h2>{node.id}</h2>
            <Button variant="subtle" onClick={() => onShowLog(node.id)}>
              {t("node.showLog")}
            </Button>
          </div>
          <ul>
            {node.diagnostics.map((diagnostic) => (
              <DiagnosticLine key={diagnostic.code + diagnostic.message} diagnostic={diagnostic} />
            ))}
          </ul>
        </section>
      ))}
    </div>
  );
}
