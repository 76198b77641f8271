/** Looks at tables that nodes made, as answers of the server. */
import { queryOptions } from "@tanstack/react-query";
import { api, dataOf, type Schemas } from "@/api/client";
import { keys } from "@/api/queries";
import { currentLanguage } from "@/i18n";
import type { OutputPlace } from "@/samples/samples";

export type TableLook = Schemas["TableLook"];
export type TableColumn = Schemas["TableColumn"];
export type ColumnSpread = Schemas["ColumnSpread"];

/** Media types of artifacts that are shown as tables, and as feature maps. */
export const TABLE_MEDIA = "application/vnd.netloom.table";
export const FEATURE_MAP_MEDIA = "application/vnd.netloom.feature-map";

/** First rows and spreads of an output. An artifact never changes, but files elsewhere may. */
export const tableLookQuery = ({ run, node, port, artifact }: OutputPlace) =>
  queryOptions({
    queryKey: [...keys.runs, "table", artifact, port, currentLanguage()],
    queryFn: () =>
      dataOf(
        api.GET("/api/v1/runs/{run}/nodes/{node}/outputs/{output}/table", {
          params: { path: { run, node, output: port } },
        }),
      ),
    staleTime: 300_000,
    retry: false,
  });

/** A cell as it is copied: everything, and nothing for null. */
export function copiedText(cell: unknown): string {
  return cell === null || cell === undefined ? "" : String(cell);
}

export type CellTone = "plain" | "missing" | "special";

/** A cell as it is shown. Null, NaN and the empty text are different things, and look so. */
export function shownCell(cell: unknown, type: string): { text: string; tone: CellTone } {
  if (cell === null || cell === undefined) {
    return { text: "null", tone: "missing" };
  }
  if (cell === "" && (type === "text" || type === "bytes")) {
    return { text: '""', tone: "missing" };
  }
  const isSpecial = type === "number" && typeof cell === "string";
  return { text: cellText(cell), tone: isSpecial ? "special" : "plain" };
}

const DIGITS = 8;

/** Numbers of single precision end in digits that say nothing: `0.30000001192092896`. */
function cellText(cell: unknown): string {
  if (typeof cell !== "number" || Number.isInteger(cell)) {
    return String(cell);
  }
  const short = Number(cell.toPrecision(DIGITS));
  return String(short).length < String(cell).length - 2 ? String(short) : String(cell);
}

/** Rows as text that spreadsheets understand: columns between tabs, one row a line. */
export function separatedText(rows: readonly (readonly unknown[])[]): string {
  const field = (cell: unknown) => {
    const text = copiedText(cell);
    return /[\t\n\r"]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return rows.map((row) => row.map(field).join("\t")).join("\n");
}
