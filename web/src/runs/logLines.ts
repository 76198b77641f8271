/** A log as lines: put together from pieces that may end anywhere, searched, and cleaned of escape codes. */

/** A log can be longer than a page should hold: what is older is given up. */
export const MOST_LINES = 300_000;

/** Everything read of a log so far. `lines` grows in place; `revision` says that it did. */
export class LogLines {
  readonly lines: string[] = [];
  /** How many lines at the beginning were given up. */
  dropped = 0;
  revision = 0;
  private rest = "";
  private readonly most: number;

  constructor(most: number = MOST_LINES) {
    this.most = most;
  }

  /** Add a piece as it came from the server. */
  append(piece: string): void {
    if (piece === "") {
      return;
    }
    const hadRest = this.rest !== "";
    const parts = (this.rest + piece).split("\n");
    this.rest = parts.at(-1) ?? "";
    if (hadRest) {
      this.lines.pop();
    }
    if (this.rest === "") {
      parts.pop(); // the piece ended with its line
    }
    for (const part of parts) {
      this.lines.push(lastWritten(part));
    }
    this.giveUpOldest();
    this.revision += 1;
  }

  /** The whole text, without escape codes. */
  text(): string {
    return this.lines.map(plain).join("\n");
  }

  private giveUpOldest(): void {
    const surplus = this.lines.length - this.most;
    if (surplus > 0) {
      this.lines.splice(0, surplus);
      this.dropped += surplus;
    }
  }
}

/** Progress bars write over their line: what stands after the last carriage return is what one saw. */
function lastWritten(line: string): string {
  if (!line.includes("\r")) {
    return line;
  }
  const written = line.endsWith("\r") ? line.slice(0, -1) : line;
  return written.slice(written.lastIndexOf("\r") + 1);
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: escape codes begin with one
const ESCAPE_CODES = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\))/g;

/** A line without escape codes. */
export function plain(line: string): string {
  return line.includes("\u001b") ? line.replace(ESCAPE_CODES, "") : line;
}

/** Lines (their places) in which a text occurs, in either case. */
export interface LogSearch {
  log: LogLines;
  text: string;
  places: readonly number[];
  /** How many lines have been looked at, and since which revision of the beginning. */
  upTo: number;
  dropped: number;
}

/** Search a log; a search of the same text goes on where it was. */
export function searched(log: LogLines, text: string, before: LogSearch | null): LogSearch {
  const goesOn = before?.log === log && before.text === text && before.dropped === log.dropped;
  const upTo = log.lines.length;
  if (text === "") {
    return { log, text, places: [], upTo, dropped: log.dropped };
  }
  const wanted = text.toLowerCase();
  // The last line may have grown since: look at it again.
  const from = goesOn ? Math.max(before.upTo - 1, 0) : 0;
  const places = goesOn ? before.places.filter((place) => place < from) : [];
  for (let place = from; place < upTo; place += 1) {
    if (
      plain(log.lines[place] ?? "")
        .toLowerCase()
        .includes(wanted)
    ) {
      places.push(place);
    }
  }
  return { log, text, places, upTo, dropped: log.dropped };
}

const PROBLEM = /\b(?:error|exception|fatal|critical|traceback)\b|\w(?:Error|Exception):/i;

/** Whether a line tells of a failure. */
export function isProblem(line: string): boolean {
  return PROBLEM.test(plain(line));
}

/** The place of the first line that tells of a failure; -1 if there is none. */
export function firstProblem(lines: readonly string[]): number {
  return lines.findIndex(isProblem);
}
