/** Changes that are not on the server yet, kept in this browser: a closed tab or a dead server loses nothing. */
import type { Step } from "./moment";

export interface Unsent {
  /** The server's draft that the changes are based on. */
  readonly revision: number;
  readonly baseText: string;
  /** What is wanted: this text, and then these steps. */
  readonly text: string;
  readonly steps: readonly Step[];
}

const keyOf = (pipeline: string) => `netloom.unsent.${pipeline}`;

/** What was left unsent when the pipeline was last open. */
export function readUnsent(pipeline: string): Unsent | null {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(keyOf(pipeline)) ?? "null");
    return isUnsent(found) ? found : null;
  } catch {
    return null;
  }
}

function isUnsent(value: unknown): value is Unsent {
  const found = value as Partial<Unsent> | null;
  return (
    typeof found === "object" &&
    found !== null &&
    typeof found.revision === "number" &&
    typeof found.baseText === "string" &&
    typeof found.text === "string" &&
    Array.isArray(found.steps)
  );
}

/** Keep what is unsent; null: everything was sent. */
export function writeUnsent(pipeline: string, unsent: Unsent | null): void {
  try {
    if (unsent === null) {
      localStorage.removeItem(keyOf(pipeline));
    } else {
      localStorage.setItem(keyOf(pipeline), JSON.stringify(unsent));
    }
  } catch {
    // Storage is full or forbidden: the editor works without it.
  }
}
