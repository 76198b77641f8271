import { useTranslation } from "react-i18next";
import type { Schemas } from "@/api/client";
import { formatCount, formatNumber } from "@/ui/formatting";
import classes from "./Inspector.module.css";
import { ValueTree } from "./ValueTree";

type Preview = Schemas["OutputPreview"];

/** A small look into an output: pictures and classes of a data set, first rows of a table, a value. */
export function OutputContents({ preview }: { preview: Preview }) {
  return (
    <>
      {preview.images.length > 0 && <Images images={preview.images} />}
      <Parts preview={preview} />
      {preview.classes.length > 0 && <Classes classCounts={preview.classes} />}
      {preview.table && <TableHead table={preview.table} />}
      {preview.kind !== "dataset" && !preview.table && <ValueTree value={summaryOf(preview)} />}
    </>
  );
}

/** A value itself where the summary is nothing but it. */
function summaryOf({ summary }: Preview): unknown {
  const { value, file: _file, media_type: _type, size_bytes: _size, ...rest } = summary;
  return value ?? rest;
}

function Images({ images }: { images: Preview["images"] }) {
  const { t } = useTranslation("inspector");
  return (
    <div className={classes.images}>
      {images.map(({ number, label, url }) => (
        <figure key={number}>
          <img src={url} alt={t("data.sample", { number })} loading="lazy" />
          <figcaption title={label ?? undefined}>{label ?? "–"}</figcaption>
        </figure>
      ))}
    </div>
  );
}

function Parts({ preview }: { preview: Preview }) {
  const { t } = useTranslation("inspector");
  const parts = Object.entries(preview.parts).filter(([part]) => part !== "none");
  if (preview.num_samples === null || preview.num_samples === undefined) {
    return null;
  }
  return (
    <p className={classes.facts}>
      <strong>{t("data.samples", { count: preview.num_samples })}</strong>
      {parts.map(([part, count]) => (
        <span key={part}>
          {part} {formatCount(count)}
        </span>
      ))}
    </p>
  );
}

/** As many bars as can be told apart; the rest is counted. */
const MOST_CLASSES = 30;

function Classes({ classCounts }: { classCounts: Preview["classes"] }) {
  const { t } = useTranslation("inspector");
  const most = Math.max(1, ...classCounts.map((each) => each.num_images));
  const shown = classCounts.slice(0, MOST_CLASSES);
  return (
    <table className={classes.histogram}>
      <caption className={classes.sectionHint}>
        {t("data.classes", { count: classCounts.length })}
      </caption>
      <tbody>
        {shown.map(({ name, num_images: count }) => (
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
      {classCounts.length > MOST_CLASSES && (
        <tfoot>
          <tr>
            <td colSpan={3} className={classes.muted}>
              {t("data.moreClasses", { count: classCounts.length - MOST_CLASSES })}
            </td>
          </tr>
        </tfoot>
      )}
    </table>
  );
}

function TableHead({ table }: { table: NonNullable<Preview["table"]> }) {
  const { t } = useTranslation("inspector");
  return (
    <>
      <div className={classes.tableBox}>
        <table className={classes.table}>
          <thead>
            <tr>
              {table.columns.map((column) => (
                <th key={column} scope="col">
                  {column}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {table.rows.map((row, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: rows have no identity but their place
              <tr key={index}>
                {row.map((cell, column) => (
                  <td key={table.columns[column]}>{cellText(cell)}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p className={classes.sectionHint}>
        {t("data.rows", { count: table.num_rows, shown: table.rows.length })}
      </p>
    </>
  );
}

function cellText(cell: unknown): string {
  if (typeof cell === "number") {
    return formatNumber(cell);
  }
  return cell === null || cell === undefined
    ? "–"
    : typeof cell === "object"
      ? JSON.stringify(cell)
      : String(cell);
}
