import { useTranslation } from "react-i18next";
import { formatCount, formatNumber } from "@/ui/formatting";
import { type DataSummary, dataSummary, type SummaryBar } from "./dataSummary";
import classes from "./Samples.module.css";
import type { Preview } from "./samples";

/** As many bars as can be told apart; the rest is counted. */
const MOST_BARS = 30;

/** How much there is in a data set: pictures, parts, and what is known of each class. */
export function DataSummaryView({ preview }: { preview: Preview }) {
  const summary = dataSummary(preview);
  return (
    <>
      <Facts summary={summary} parts={preview.parts} />
      {summary.sizes.length > 0 && <Sizes sizes={summary.sizes} />}
      {summary.bars.length > 0 && <Bars summary={summary} />}
    </>
  );
}

function Facts({ summary, parts }: { summary: DataSummary; parts: Preview["parts"] }) {
  const { t } = useTranslation("samples");
  return (
    <p className={classes.facts}>
      {summary.facts.map(({ id, count }) =>
        id === "perImage" ? (
          <span key={id}>{t("count.perImage", { mean: formatNumber(round(count)) })}</span>
        ) : (
          <strong key={id}>{t(`count.${id}`, { count })}</strong>
        ),
      )}
      {Object.entries(parts).map(([part, count]) => (
        <span key={part}>
          {part} {formatCount(count)}
        </span>
      ))}
    </p>
  );
}

const round = (mean: number): number => Math.round(10 * mean) / 10;

/** One bar in three pieces, and what they are. */
function Sizes({ sizes }: { sizes: readonly SummaryBar[] }) {
  const { t } = useTranslation("samples");
  const total = sizes.reduce((sum, { count }) => sum + count, 0);
  return total === 0 ? null : (
    <div className={classes.sizes}>
      <div className={classes.sizeTrack} aria-hidden>
        {sizes.map(({ name, count }) => (
          <span key={name} data-size={name} style={{ width: `${(100 * count) / total}%` }} />
        ))}
      </div>
      <ul className={classes.sizeLegend} aria-label={t("sizes.title")}>
        {sizes.map(({ name, count }) => (
          <li key={name} data-size={name} title={t(`sizes.${name}Means`)}>
            {t(`sizes.${name}`)} {formatCount(count)}
          </li>
        ))}
      </ul>
    </div>
  );
}

function Bars({ summary: { bars, counted } }: { summary: DataSummary }) {
  const { t } = useTranslation("samples");
  const most = Math.max(1, ...bars.map(({ count }) => count));
  return (
    <table className={classes.histogram}>
      <caption>
        {t("classes", { count: bars.length })}
        <span>{t(`counted.${counted}`)}</span>
      </caption>
      <tbody>
        {bars.slice(0, MOST_BARS).map(({ name, count }) => (
          <tr key={name}>
            <th scope="row" title={name}>
              {name}
            </th>
            <td className={classes.bar}>
              <svg width="100%" height="8" aria-hidden="true">
                <rect width={`${(100 * count) / most}%`} height="8" rx="2" />
              </svg>
            </td>
            <td className={classes.count}>{formatCount(count)}</td>
          </tr>
        ))}
      </tbody>
      {bars.length > MOST_BARS && (
        <tfoot>
          <tr>
            <td colSpan={3}>{t("moreClasses", { count: bars.length - MOST_BARS })}</td>
          </tr>
        </tfoot>
      )}
    </table>
  );
}
