/** Rows are sent to a model, or to a deployment that serves it. */
import { queryOptions } from "@tanstack/react-query";
import { api, dataOf } from "@/api/client";
import type { AskRows, Row, RowAnswers } from "./inputs";

/** Rows that are sent at once at most. */
export const ROWS_AT_ONCE = 1000;

/** Ask a model that the server itself has in memory. */
export const askModel =
  (model: string): AskRows =>
  (rows, signal) =>
    dataOf(
      api.POST("/api/v1/models/{model}/predictions", {
        params: { path: { model } },
        ...asJson(rows),
        signal: signal ?? null,
      }),
    ) as Promise<RowAnswers>;

/** Ask the process that serves, the way callers do. */
export const askDeployment =
  (deployment: string): AskRows =>
  (rows, signal) =>
    dataOf(
      api.POST("/api/v1/deployments/{deployment}/predict", {
        params: { path: { deployment } },
        ...asJson(rows),
        signal: signal ?? null,
      }),
    ) as Promise<unknown> as Promise<RowAnswers>;

/** The description of these routes knows bodies of several kinds; here they are rows. */
const asJson = (rows: readonly Row[]) => ({
  body: { rows } as never,
  headers: { "Content-Type": "application/json" },
});

/** What a model says of one row; the same row is asked about once. */
export const rowQuery = (source: string, row: Row, ask: AskRows) =>
  queryOptions({
    queryKey: ["table-answers", source, row],
    queryFn: ({ signal }) => ask([row], signal),
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });

/** Answers for any number of rows, in pieces; `tell` learns how many are there. */
export async function askAll(
  ask: AskRows,
  rows: readonly Row[],
  tell: (done: number) => void,
  signal: AbortSignal,
): Promise<RowAnswers> {
  const answers: Record<string, unknown>[] = [];
  let seconds = 0;
  let loadSeconds = 0;
  for (let from = 0; from < rows.length; from += ROWS_AT_ONCE) {
    const found = await ask(rows.slice(from, from + ROWS_AT_ONCE), signal);
    answers.push(...found.rows);
    seconds += found.seconds;
    loadSeconds += found.load_seconds;
    tell(answers.length);
  }
  return { rows: answers, seconds, load_seconds: loadSeconds };
}
