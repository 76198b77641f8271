/** Small changes of a pipeline's text that need no parser: its name. Everything else stays as it was written. */

const NAME_LINE = /^name:[^\n]*(?:\n[ \t]+[^\n]*)*/m;
const VERSION_LINE = /^netloom:[^\n]*/m;

/** A name that YAML reads as the text it is, without quotes. */
const PLAIN = /^[\p{L}_][\p{L}\p{N}_./() -]*$/u;
const WORDS_WITH_MEANING = /^(?:true|false|null|yes|no|on|off|y|n)$/i;

function scalar(name: string): string {
  const isPlain = PLAIN.test(name) && !name.endsWith(" ") && !WORDS_WITH_MEANING.test(name);
  return isPlain ? name : JSON.stringify(name);
}

/** The text under another name; comments and layout stay. */
export function withName(text: string, name: string): string {
  const line = `name: ${scalar(name.trim())}`;
  if (NAME_LINE.test(text)) {
    return text.replace(NAME_LINE, (before) => line + trailingComment(before));
  }
  if (VERSION_LINE.test(text)) {
    return text.replace(VERSION_LINE, (version) => `${version}\n${line}`);
  }
  return `${line}\n${text}`;
}

/** A comment behind a name that stands on one line. */
function trailingComment(line: string): string {
  const found =
    /^name:[ \t]*(?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^"'#\n][^#\n]*?)?([ \t]+#[^\n]*)$/.exec(line);
  return found?.[1] ?? "";
}

/** `digits`, or `digits 2`, `digits 3` … where the name is taken. */
export function freeName(wanted: string, taken: Iterable<string>): string {
  const names = new Set(taken);
  if (!names.has(wanted)) {
    return wanted;
  }
  const stem = wanted.replace(/ \d+$/, "");
  let number = 2;
  while (names.has(`${stem} ${number}`)) {
    number += 1;
  }
  return `${stem} ${number}`;
}

/** A name for a file, of a name that people chose. */
export function fileNameOf(name: string): string {
  const safe = name
    .trim()
    .replace(/[^\p{L}\p{N}._-]+/gu, "_")
    .replace(/^[._]+/, "");
  return `${safe || "pipeline"}.yaml`;
}
