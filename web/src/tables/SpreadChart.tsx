import { useText } from "@/i18n/useText";
import { formatCount } from "@/ui/formatting";
import classes from "./SpreadChart.module.css";
import { barsOf, shareText } from "./spread";
import type { ColumnSpread } from "./tableLook";

interface SpreadChartProps {
  spread: ColumnSpread;
  /** Of how many rows it is. */
  rows: number;
  /** Pixels. */
  height: number;
  /** What it is of, for people who cannot see it. */
  label: string;
}

/** How values are spread: a bar for each range of numbers, or for each frequent value. */
export function SpreadChart({ spread, rows, height, label }: SpreadChartProps) {
  const t = useText("tables");
  const bars = barsOf(spread, rows);
  if (bars.length === 0) {
    return <div className={classes.none} style={{ height }} aria-hidden />;
  }
  const kind = spread.bars.length > 0 ? "ranges" : "values";
  return (
    <div
      className={classes.chart}
      data-kind={kind}
      style={{ height }}
      role="img"
      aria-label={label}
    >
      {bars.map((bar) => (
        <span
          key={bar.key}
          className={classes.slot}
          title={t("bar", {
            label: bar.isRest ? t("otherValues") : bar.label,
            count: formatCount(bar.count),
            share: shareText(bar.count, rows),
          })}
        >
          <span
            className={classes.bar}
            data-rest={bar.isRest || undefined}
            style={{ height: bar.count === 0 ? 0 : `max(2px, ${bar.percent}%)` }}
          />
        </span>
      ))}
    </div>
  );
}

interface MissingShareProps {
  spread: ColumnSpread;
  rows: number;
  /** Where there is no room for words. */
  isShort?: boolean;
}

/** How much of a column is missing: nothing, where nothing is. */
export function MissingShare({ spread, rows, isShort = false }: MissingShareProps) {
  const t = useText("tables");
  const gone = spread.missing + spread.not_a_number;
  return gone === 0 ? null : (
    <span className={classes.missing} title={missingText(spread, rows, t)}>
      {isShort ? `∅ ${shareText(gone, rows)}` : t("missingShort", { share: shareText(gone, rows) })}
    </span>
  );
}

type Say = ReturnType<typeof useText<"tables">>;

function missingText(spread: ColumnSpread, rows: number, t: Say): string {
  const parts = [
    [t("facts.missing"), spread.missing] as const,
    [t("facts.notANumber"), spread.not_a_number] as const,
  ];
  return parts
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${name}: ${formatCount(count)} (${shareText(count, rows)})`)
    .join("\n");
}
