import { useTranslation } from "react-i18next";
import { formatCount, formatDuration } from "@/ui/formatting";
import { isFinal } from "@/ui/states";
import classes from "./OverviewTab.module.css";
import type { RunNode } from "./runQueries";

/** How far a node is: a bar, the count, and how long it will still take. */
export function NodeProgress({ node: { progress, state } }: { node: RunNode }) {
  const { t } = useTranslation("runs");
  if (progress === null) {
    return null;
  }
  const { done, total, unit, eta_s: eta } = progress;
  const share = total ? Math.min(done / total, 1) : null;
  const count = total === null ? formatCount(done) : `${formatCount(done)} / ${formatCount(total)}`;
  const rest =
    state === "running" && eta !== null ? t("node.left", { time: formatDuration(eta) }) : "";
  return (
    <span
      className={classes.progress}
      title={[`${count} ${unit}`, rest].filter(Boolean).join(", ")}
    >
      {share !== null && (
        <span className={classes.track} aria-hidden>
          <span
            className={classes.fill}
            data-over={isFinal(state) || undefined}
            style={{ width: `${100 * share}%` }}
          />
        </span>
      )}
      <span>{rest || count}</span>
    </span>
  );
}
