import { useTranslation } from "react-i18next";
import type { Schemas } from "@/api/client";
import { formatCount } from "@/ui/formatting";
import { columnsOf } from "./charts";
import classes from "./SizeChart.module.css";

interface SizeChartProps {
  title: string;
  side: Schemas["Side"];
}

/** How wide, or how high, images are: a column for each range of lengths. */
export function SizeChart({ title, side }: SizeChartProps) {
  const { t } = useTranslation("data");
  const range = (low: number, high: number) => (low === high ? `${low}` : `${low}–${high}`);
  return (
    <figure className={classes.chart}>
      <figcaption>
        {title}{" "}
        <span className={classes.median}>
          {t("sizes.median", { value: formatCount(side.median) })}
        </span>
      </figcaption>
      <ol className={classes.columns}>
        {columnsOf(side.bars).map(({ low, high, value, percent }) => {
          const said = t("sizes.column", { range: range(low, high), count: value });
          return (
            <li key={low} title={said} aria-label={said}>
              <span style={{ height: `${percent}%` }} />
            </li>
          );
        })}
      </ol>
      <div className={classes.axis} aria-hidden>
        <span>{formatCount(side.min)}</span>
        <span>{formatCount(side.max)} px</span>
      </div>
    </figure>
  );
}
