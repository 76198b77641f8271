import { IconArrowRight, IconEqual, IconTrophy } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { formatNumber } from "@/ui/formatting";
import classes from "./CompareScreen.module.css";
import type { DifferingRow, MetricRow } from "./comparison";
import { settingText } from "./runColumns";
import type { Run } from "./runQueries";

/** Only what differs: the first run's value, and in the others what is the same and what is not. */
export function DifferenceTable({
  runs,
  rows,
}: {
  runs: readonly Run[];
  rows: readonly DifferingRow[];
}) {
  const { t } = useTranslation("runs");
  if (rows.length === 0) {
    return <p className={classes.note}>{t("compare.same")}</p>;
  }
  return (
    <div className={classes.scroll}>
      <table className={classes.table}>
        <Heads runs={runs} />
        <tbody>
          {rows.map(({ node, name, kind, values }) => (
            <tr key={`${node} ${kind} ${name}`}>
              <th scope="row">
                <span className={classes.node}>{node}</span> {name}
                {kind !== "setting" && (
                  <span className={classes.kind}>{t(`compare.kind.${kind}`)}</span>
                )}
              </th>
              {runs.map((run, at) => (
                <ValueCell key={run.id} value={values[at]} first={values[0]} isFirst={at === 0} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface ValueCellProps {
  value: unknown;
  first: unknown;
  isFirst: boolean;
}

function ValueCell({ value, first, isFirst }: ValueCellProps) {
  const { t } = useTranslation("runs");
  const isSame = JSON.stringify(value) === JSON.stringify(first);
  const text = value === null || value === undefined ? t("compare.unset") : settingText(value);
  if (isFirst) {
    return (
      <td className={classes.before} title={text}>
        {text}
      </td>
    );
  }
  return (
    <td className={isSame ? classes.same : classes.after} title={text}>
      {isSame ? (
        <IconEqual size={14} aria-label={t("compare.equal")} />
      ) : (
        <IconArrowRight size={14} aria-label={t("compare.differs")} />
      )}
      {text}
    </td>
  );
}

/** Last values of every metric, how far each run is from the first, and which is best. */
export function MetricTable({ runs, rows }: { runs: readonly Run[]; rows: readonly MetricRow[] }) {
  const { t } = useTranslation("runs");
  if (rows.length === 0) {
    return <p className={classes.note}>{t("compare.noMetrics")}</p>;
  }
  return (
    <div className={classes.scroll}>
      <table className={classes.table}>
        <Heads runs={runs} />
        <tbody>
          {rows.map(({ node, name, values, best }) => (
            <tr key={`${node} ${name}`}>
              <th scope="row">
                <span className={classes.node}>{node}</span> {name}
              </th>
              {runs.map((run, at) => (
                <td key={run.id} data-best={best.includes(at) || undefined}>
                  {best.includes(at) && <IconTrophy size={14} aria-label={t("compare.best")} />}
                  {formatNumber(values[at])}
                  {at > 0 && <Difference value={values[at] ?? null} first={values[0] ?? null} />}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Difference({ value, first }: { value: number | null; first: number | null }) {
  if (value === null || first === null || value === first) {
    return null;
  }
  const difference = value - first;
  return (
    <span className={classes.difference}>
      {difference > 0 ? "+" : "−"}
      {formatNumber(Math.abs(difference))}
    </span>
  );
}

function Heads({ runs }: { runs: readonly Run[] }) {
  const { t } = useTranslation("runs");
  return (
    <thead>
      <tr>
        <th scope="col" aria-label={t("compare.name")} />
        {runs.map((run, at) => (
          <th key={run.id} scope="col" title={run.id}>
            {at + 1}: {run.description || run.id}
          </th>
        ))}
      </tr>
    </thead>
  );
}
