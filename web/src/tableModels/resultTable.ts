/** Rows beside what a model says of them: as a grid shows them, and as a file. */
import { formatNumber, formatScore } from "@/ui/formatting";
import { sureness, targetAnswer } from "./answers";
import { writtenCsv } from "./csv";
import type { RowAnswers, Target } from "./inputs";
import type { GivenRow, GivenRows } from "./rowsText";
import { shownValue } from "./values";

/** What is said of a row: the value, and how sure the model is. */
export interface Said {
  readonly value: string;
  readonly score: string;
  readonly isNumber: boolean;
}

/** What is said of a target in a row of an answer. */
export function saidOf(target: Target, row: Readonly<Record<string, unknown>>): Said | null {
  const answer = targetAnswer(target, row);
  if (answer === null) {
    return null;
  }
  const score = sureness(answer);
  return {
    value: answer.kind === "number" ? formatNumber(answer.value) : shownValue(row[target.column]),
    score: score === null ? "" : formatScore(score),
    isNumber: answer.kind === "number",
  };
}

/** The rows as they came, with what the model says of them, as CSV. */
export function resultCsv(
  given: GivenRows,
  answers: RowAnswers,
  targets: readonly Target[],
): string {
  const inputs = given.columns.map(({ name }) => name);
  const added = targets.flatMap(({ column, type }) =>
    type === "number" ? [column] : [column, `${column}_score`],
  );
  const line = (row: GivenRow, at: number) => [
    ...inputs.map((name) => row.row[name]),
    ...added.map((name) => answers.rows[at]?.[name]),
  ];
  return writtenCsv([[...inputs, ...added], ...given.rows.map(line)]);
}

/** Widths in pixels that hold what stands in the columns, within reason. */
export function columnWidth(name: string, texts: Iterable<string>): number {
  let longest = name.length + 3; // with the sign of its type
  for (const text of texts) {
    longest = Math.max(longest, text.length);
  }
  return Math.min(220, Math.max(72, 7 * longest + 24));
}
