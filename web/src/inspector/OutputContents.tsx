import { useTranslation } from "react-i18next";
import { DataSummaryView } from "@/samples/DataSummaryView";
import { SampleImages } from "@/samples/SampleImages";
import type { OutputPlace, Preview } from "@/samples/samples";
import { formatNumber } from "@/ui/formatting";
import classes from "./Inspector.module.css";
import { ValueTree } from "./ValueTree";

interface OutputContentsProps {
  preview: Preview;
  place: OutputPlace;
}

/** A small look into an output: pictures and counts of a data set, first rows of a table, a value. */
export function OutputContents({ preview, place }: OutputContentsProps) {
  return (
    <>
      {preview.images.length > 0 && <SampleImages preview={preview} place={place} />}
      {preview.kind === "dataset" && <DataSummaryView preview={preview} />}
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
