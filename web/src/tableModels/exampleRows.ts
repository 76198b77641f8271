/** Rows to begin with: what a text should look like. */
import { writtenCsv } from "./csv";
import { type InputColumn, neededColumns, type Row } from "./inputs";

/** A usual row of a model: what programs may begin with. */
export const exampleRow = (inputs: readonly InputColumn[]): Row =>
  Object.fromEntries(neededColumns(inputs).map(({ name, example }) => [name, example]));

const ROWS = 3;

/** A few usual rows as CSV, with the columns that a model needs. */
export function exampleText(inputs: readonly InputColumn[]): string {
  const columns = neededColumns(inputs);
  const rows = Array.from({ length: ROWS }, (_, at) => columns.map((column) => usual(column, at)));
  return writtenCsv([columns.map(({ name }) => name), ...rows]);
}

/** The usual value; then frequent and extreme ones, so that rows differ. */
function usual(column: InputColumn, at: number): unknown {
  const { example, values, low, high, type } = column;
  if (at === 0 || type === "list" || type === "map") {
    return example;
  }
  const frequent = values.filter((value) => value !== null && value !== example);
  return frequent[at - 1] ?? (at === 1 ? low : high) ?? example;
}
