import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { formatNumber } from "@/ui/formatting";
import classes from "./CurveChart.module.css";
import { curveColour, curveDash } from "./curveLooks";
import { type CurveSeries, type Placed, summaryOf, valueNear } from "./curves";

interface CurveLegendProps {
  series: readonly CurveSeries[];
  /** The same curves on the axis of the plot. */
  placed: readonly Placed[];
  /** Position under the pointer. */
  hover: number | null;
  hidden: ReadonlySet<string>;
  onHide(hidden: ReadonlySet<string>): void;
}

/** Names of the curves with the value under the pointer, and the last, smallest and largest ones: the chart as a table. */
export function CurveLegend({ series, placed, hover, hidden, onHide }: CurveLegendProps) {
  const { t } = useTranslation("runs");
  const summaries = useMemo(() => series.map(({ values }) => summaryOf(values)), [series]);
  const toggle = (id: string) => {
    const after = new Set(hidden);
    if (!after.delete(id)) {
      after.add(id);
    }
    onHide(after);
  };
  return (
    <div className={classes.legend}>
      <table>
        <thead>
          <tr>
            <th scope="col">{t("curve.name")}</th>
            <th scope="col">{t("curve.here")}</th>
            <th scope="col">{t("curve.last")}</th>
            <th scope="col">{t("curve.min")}</th>
            <th scope="col">{t("curve.max")}</th>
          </tr>
        </thead>
        <tbody>
          {series.map(({ id, label }, place) => {
            const at = placed[place];
            const here = hover === null || at === undefined ? undefined : valueNear(at, hover);
            return (
              <tr key={id} data-hidden={hidden.has(id) || undefined}>
                <th scope="row">
                  <button
                    type="button"
                    aria-pressed={!hidden.has(id)}
                    title={label}
                    onClick={() => toggle(id)}
                  >
                    <Swatch place={place} />
                    <span>{label}</span>
                  </button>
                </th>
                <td>{here === undefined ? "" : formatNumber(here)}</td>
                <td>{formatNumber(summaries[place]?.last)}</td>
                <td>{formatNumber(summaries[place]?.min)}</td>
                <td>{formatNumber(summaries[place]?.max)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

/** A short piece of a curve's line. */
function Swatch({ place }: { place: number }) {
  return (
    <svg width={18} height={8} aria-hidden style={{ flex: "none" }}>
      <line
        x1={0}
        x2={18}
        y1={4}
        y2={4}
        strokeWidth={2.5}
        style={{ stroke: curveColour(place) }}
        strokeDasharray={curveDash(place).join(" ")}
      />
    </svg>
  );
}
