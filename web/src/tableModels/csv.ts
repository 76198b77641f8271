/** Texts of fields between separators, read and written. */

const SEPARATORS = ["\t", ";", ",", "|"];

/** The separator of a text: what stands most often in its head. */
export function separatorOf(text: string): string {
  const head = text.split("\n", 1)[0] ?? "";
  const count = (separator: string) => head.split(separator).length;
  return SEPARATORS.reduce((best, each) => (count(each) > count(best) ? each : best), ",");
}

/** Fields of each line. Where nothing stands is null; an empty text stands in quotes. Blank lines are none. */
export function separatedLines(text: string, separator: string): (string | null)[][] {
  const lines: (string | null)[][] = [[]];
  let at = 0;
  while (at < text.length) {
    const [field, end] =
      text.charAt(at) === '"' ? quoted(text, at, separator) : bare(text, at, separator);
    lines.at(-1)?.push(field);
    at = end + 1;
    if (text.charAt(end) === "\n") {
      lines.push([]);
    } else if (text.charAt(end) === separator && at === text.length) {
      lines.at(-1)?.push(null);
    }
  }
  return lines.filter((line) => line.some((field) => field !== null));
}

type Field = readonly [string | null, number];

/** A field without quotes, and where it ends. */
function bare(text: string, start: number, separator: string): Field {
  const end = endOf(text, start, separator);
  const field = text.slice(start, end).replace(/\r$/, "");
  return [field === "" ? null : field, end];
}

/** A field in quotes, in which two of them stand for one; what follows the last one belongs to it. */
function quoted(text: string, start: number, separator: string): Field {
  let field = "";
  let at = start + 1;
  while (at < text.length) {
    const next = text.indexOf('"', at);
    const close = next === -1 ? text.length : next;
    field += text.slice(at, close);
    at = close + 1;
    if (text.charAt(at) !== '"') {
      break;
    }
    field += '"';
    at += 1;
  }
  const end = endOf(text, at, separator);
  return [field + text.slice(at, end).replace(/\r$/, ""), end];
}

function endOf(text: string, start: number, separator: string): number {
  let at = start;
  while (at < text.length && text.charAt(at) !== separator && text.charAt(at) !== "\n") {
    at += 1;
  }
  return at;
}

/** Rows as CSV that every program reads: nothing for null, quotes for an empty text. */
export function writtenCsv(rows: readonly (readonly unknown[])[]): string {
  return `${rows.map((row) => row.map(writtenField).join(",")).join("\n")}\n`;
}

function writtenField(cell: unknown): string {
  if (cell === null || cell === undefined) {
    return "";
  }
  const text = typeof cell === "object" ? JSON.stringify(cell) : String(cell);
  return text === "" || /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
