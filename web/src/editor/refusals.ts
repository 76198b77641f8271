/** What a failed request means for what was to be saved. */
import { Refusal } from "@/api/client";

/** It may work later without anybody doing something else: no connection, a server that starts, a full disk. */
export function isPassing(problem: unknown): boolean {
  return (
    !(problem instanceof Refusal) ||
    problem.status === 0 ||
    problem.status === 401 || // signed out: what is unsent is sent after signing in again
    isBetweenSessions(problem) ||
    problem.status === 408 ||
    problem.status === 429 ||
    problem.status >= 500
  );
}

/** It was sent while somebody was signing in again: with the new cookie, but the CSRF token of the session before. */
function isBetweenSessions({ status, diagnostics }: Refusal): boolean {
  return status === 403 && diagnostics.some(({ code }) => code === "S103");
}

/** The edits themselves cannot be applied; another edit can. */
export function isAboutEdits(problem: unknown): boolean {
  if (!(problem instanceof Refusal)) {
    return false;
  }
  const namesNode = problem.diagnostics.some((diagnostic) => diagnostic.place?.node);
  return problem.status === 409 || problem.status === 422 || (problem.status === 404 && namesNode);
}
