/** What a model of tables takes and says, as the server describes it. */
import type { Schemas } from "@/api/client";
import { familyOf, type TypeFamily } from "@/tables/columnTypes";

/** A column of the rows that are predicted. */
export type InputColumn = Schemas["AskedColumn"];
/** A column that is predicted. */
export type Target = Schemas["TableTarget"];
export type RowAnswers = Schemas["TablePredictions"];
/** A row as it is sent: by column. */
export type Row = Readonly<Record<string, unknown>>;

/** Asks for what a model says of rows; the model and how it is reached are known to whoever made it. */
export type AskRows = (rows: readonly Row[], signal?: AbortSignal) => Promise<RowAnswers>;

/** The learning task of all models of tables. */
export const TABULAR = "tabular";

/** Columns that have to be given; keys need not be. */
export const neededColumns = (columns: readonly InputColumn[]): readonly InputColumn[] =>
  columns.filter(({ required }) => required);

/** With more columns than this there is something to search and to put in order. */
export const GROUPED_FROM = 12;

export type InputGroup = "number" | "category" | "time" | "several" | "all";

const GROUPS: readonly InputGroup[] = ["number", "category", "time", "several"];

const GROUP_OF: Record<TypeFamily, InputGroup> = {
  number: "number",
  text: "category",
  boolean: "category",
  bytes: "category",
  time: "time",
  list: "several",
  map: "several",
  unknown: "category",
};

/** Columns whose names hold what was typed, in groups of a kind if there are many. */
export function inputGroups(
  columns: readonly InputColumn[],
  query: string,
): readonly { readonly group: InputGroup; readonly columns: readonly InputColumn[] }[] {
  const wanted = query.trim().toLowerCase();
  const found = columns.filter(({ name }) => name.toLowerCase().includes(wanted));
  if (columns.length <= GROUPED_FROM) {
    return found.length === 0 ? [] : [{ group: "all", columns: found }];
  }
  return GROUPS.map((group) => ({
    group,
    columns: found.filter(({ column_type }) => GROUP_OF[familyOf(column_type)] === group),
  })).filter((each) => each.columns.length > 0);
}

/** The type of a list's elements, or of a map's values: `list<integer>` holds integers. */
export const elementType = (columnType: string): string =>
  /^list<(.+)>$/.exec(columnType)?.[1] ?? /^map<text, (.+)>$/.exec(columnType)?.[1] ?? "text";
