/** A row while it is being filled in: what stands in the field of each column. */
import type { InputColumn, Row } from "./inputs";
import {
  type CellProblem,
  isPlain,
  pairTexts,
  parsedList,
  parsedMap,
  parsedScalar,
  shownValue,
  type Value,
} from "./values";

/** What stands in one field. Of a list each element is a text, of a map each pair. */
export interface Entry {
  readonly isMissing: boolean;
  readonly texts: readonly string[];
}

export type Entries = Readonly<Record<string, Entry>>;

/** What stands in the field of a column that has this value. */
export function entryOf(value: unknown): Entry {
  if (value === null || value === undefined) {
    return { isMissing: true, texts: [] };
  }
  if (Array.isArray(value)) {
    return { isMissing: false, texts: value.map(shownValue) };
  }
  return { isMissing: false, texts: isPlain(value) ? pairTexts(value) : [String(value)] };
}

/** A usual row: what the form begins with. */
export const usualEntries = (columns: readonly InputColumn[]): Entries =>
  Object.fromEntries(columns.map(({ name, example }) => [name, entryOf(example)]));

/** The fields of a row that was sent; columns that it lacks are missing. */
export const entriesOf = (columns: readonly InputColumn[], row: Row): Entries =>
  Object.fromEntries(columns.map(({ name }) => [name, entryOf(row[name])]));

/** The value that stands in a field. */
export function entryValue(entry: Entry, column: InputColumn): Value {
  if (entry.isMissing) {
    return { value: null };
  }
  if (column.type === "list") {
    return parsedList(entry.texts, column.column_type);
  }
  if (column.type === "map") {
    return parsedMap(entry.texts, column.column_type);
  }
  return parsedScalar(entry.texts[0] ?? "", column.column_type);
}

/** A filled in row, and what cannot be read of it. */
export interface FilledIn {
  readonly row: Row;
  readonly problems: Readonly<Record<string, CellProblem>>;
}

/** The row that the fields make. */
export function filledIn(columns: readonly InputColumn[], entries: Entries): FilledIn {
  const row: Record<string, unknown> = {};
  const problems: Record<string, CellProblem> = {};
  for (const column of columns) {
    const found = entryValue(entries[column.name] ?? entryOf(null), column);
    if ("problem" in found) {
      problems[column.name] = found.problem;
    } else {
      row[column.name] = found.value;
    }
  }
  return { row, problems };
}

/** A field that says something else than at the start. */
export interface ChangedEntry {
  readonly name: string;
  readonly before: string | null;
  readonly now: string | null;
}

/** Which fields differ from those of the start; null stands for a missing value. */
export function changedEntries(start: Entries, now: Entries): readonly ChangedEntry[] {
  const text = (entry: Entry | undefined) =>
    entry === undefined || entry.isMissing ? null : entry.texts.join(", ");
  return Object.keys(now)
    .map((name) => ({ name, before: text(start[name]), now: text(now[name]) }))
    .filter(({ before, now: after }) => before !== after);
}
