/** Rows that were pasted or come from a file: CSV with any usual separator, JSON, or one JSON object a line. */

import { separatedLines, separatorOf } from "./csv";
import type { InputColumn, Row } from "./inputs";
import { neededColumns } from "./inputs";
import {
  type CellProblem,
  isPlain,
  parsedJson,
  parsedScalar,
  shownValue,
  type Value,
} from "./values";

/** A row as it came, with what is wrong in it. */
export interface GivenRow {
  readonly row: Row;
  /** What stood there, by column, also where it cannot be read. */
  readonly texts: Readonly<Record<string, string>>;
  readonly problems: Readonly<Record<string, CellProblem>>;
}

/** What a text holds. */
export interface GivenRows {
  /** Columns that the model knows, in the order of the text. */
  readonly columns: readonly InputColumn[];
  /** Names that it does not know; they are not sent. */
  readonly unknown: readonly string[];
  /** Columns that the model needs and the text lacks. */
  readonly lacking: readonly string[];
  readonly rows: readonly GivenRow[];
}

/** Why a text holds no rows: keys below `tableModels:rows.unreadable`. */
export type TextProblem = "json" | "noRows" | "noColumns";

/** Rows in a text. Blank text is nothing, not a mistake. */
export function givenRows(
  text: string,
  inputs: readonly InputColumn[],
): GivenRows | TextProblem | null {
  const trimmed = text.trim();
  if (trimmed === "") {
    return null;
  }
  const records = /^[[{]/.test(trimmed) ? jsonRecords(trimmed) : separatedRecords(trimmed);
  if (typeof records === "string") {
    return records;
  }
  const names = [...new Set(records.flatMap((record) => Object.keys(record)))];
  const known = new Map(inputs.map((column) => [column.name, column]));
  const columns = names.flatMap((name) => known.get(name) ?? []);
  if (records.length === 0) {
    return "noRows";
  }
  if (columns.length === 0) {
    return "noColumns";
  }
  return {
    columns,
    unknown: names.filter((name) => !known.has(name)),
    lacking: neededColumns(inputs)
      .map(({ name }) => name)
      .filter((name) => !names.includes(name)),
    rows: records.map((record) => givenRow(record, columns)),
  };
}

/** A cell before its column is looked at: of CSV a text (null where nothing stood), of JSON a value. */
type Cell = { readonly text: string | null } | { readonly json: unknown };
type CellRecord = Readonly<Record<string, Cell>>;

function givenRow(record: CellRecord, columns: readonly InputColumn[]): GivenRow {
  const row: Record<string, unknown> = {};
  const texts: Record<string, string> = {};
  const problems: Record<string, CellProblem> = {};
  for (const column of columns) {
    const cell = record[column.name] ?? { text: null };
    const found = cellValue(cell, column);
    if ("problem" in found) {
      problems[column.name] = found.problem;
      texts[column.name] = cellText(cell);
    } else {
      row[column.name] = found.value;
      texts[column.name] = shownValue(found.value);
    }
  }
  return { row, texts, problems };
}

function cellText(cell: Cell): string {
  if ("text" in cell) {
    return cell.text ?? "";
  }
  return typeof cell.json === "string" ? cell.json : JSON.stringify(cell.json);
}

function cellValue(cell: Cell, column: InputColumn): Value {
  if ("json" in cell) {
    return parsedJson(cell.json, column);
  }
  if (cell.text === null || (cell.text === "" && column.type !== "text")) {
    return { value: null };
  }
  if (column.type === "list" || column.type === "map") {
    return nestedCell(cell.text, column);
  }
  return parsedScalar(cell.text, column.column_type);
}

/** A list or map in a cell of CSV: as JSON, or as databases write it, `[a, b]` and `{a=1, b=2}`. */
function nestedCell(text: string, column: InputColumn): Value {
  try {
    return parsedJson(JSON.parse(text), column);
  } catch {
    const inside = /^\s*[[{](.*)[\]}]\s*$/s.exec(text)?.[1];
    if (inside === undefined) {
      return { problem: column.type === "list" ? "list" : "map" };
    }
    const parts = inside.split(",").map((part) => part.trim());
    const texts = parts.filter((part) => part !== "");
    return parsedJson(column.type === "list" ? texts : pairsOf(texts), column);
  }
}

const pairsOf = (texts: readonly string[]): Readonly<Record<string, string>> =>
  Object.fromEntries(
    texts.map((text) => {
      const at = text.search(/[=:]/);
      return [text.slice(0, at).trim(), text.slice(at + 1).trim()];
    }),
  );

/** Records of a JSON list, of `{"rows": […]}`, of one object, or of one object a line. */
function jsonRecords(text: string): readonly CellRecord[] | TextProblem {
  const found = parsedDocument(text) ?? parsedLines(text);
  if (found === null) {
    return "json";
  }
  const rows = isPlain(found) ? (Array.isArray(found.rows) ? found.rows : [found]) : found;
  if (!Array.isArray(rows) || !rows.every(isPlain)) {
    return "json";
  }
  return rows.map((row) =>
    Object.fromEntries(Object.entries(row).map(([name, json]) => [name, { json }])),
  );
}

function parsedDocument(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function parsedLines(text: string): unknown {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== "");
  const found = lines.map(parsedDocument);
  return found.some((each) => each === null) ? null : found;
}

function separatedRecords(text: string): readonly CellRecord[] {
  const [head = [], ...lines] = separatedLines(text, separatorOf(text));
  const names = head.map((name) => (name ?? "").trim());
  return lines.map((line) =>
    Object.fromEntries(names.map((name, at) => [name, { text: line[at] ?? null }])),
  );
}
