/** Diagnostics of the server as marks at their place in the text. */
import type { Diagnostic as Mark } from "@codemirror/lint";
import type { Text } from "@codemirror/state";
import type { Diagnostic } from "@/editor/types";

/** The marks of a text; problems of other files stand at its beginning. */
export function problemMarks(document: Text, problems: readonly Diagnostic[]): Mark[] {
  return problems.map((problem) => ({
    ...rangeOf(document, problem),
    severity: problem.severity === "error" ? "error" : "warning",
    source: problem.code,
    message: wordsOf(problem),
  }));
}

function rangeOf(document: Text, { place }: Diagnostic): { from: number; to: number } {
  if (!place?.line || place.file || place.line > document.lines) {
    return { from: 0, to: 0 };
  }
  const line = document.line(place.line);
  const start = Math.min(line.from + Math.max(0, (place.column ?? 1) - 1), line.to);
  const rest = line.text.slice(start - line.from);
  const length = /^("[^"]*"|'[^']*'|[^\s,{}[\]#]+)/.exec(rest)?.[0].length ?? rest.length;
  return { from: start, to: Math.min(start + length, line.to) };
}

function wordsOf({ message, expected, got, fix, place }: Diagnostic): string {
  const file = place?.file ? `${place.file}: ` : "";
  const details = [expected && `✓ ${expected}`, got && `✗ ${got}`, fix && `→ ${fix}`];
  return [file + message, ...details.filter(Boolean)].join("\n");
}
