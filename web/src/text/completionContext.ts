/** What is being typed in a pipeline file, so that the right words can be offered. */
import type { NodePlace } from "./nodePlaces";

export type Wanted =
  | { kind: "operator"; from: number }
  | { kind: "key"; from: number; node: NodePlace }
  | { kind: "value"; from: number; node: NodePlace; key: string }
  | { kind: "variable"; from: number };

const WORD = /[\w.]*$/;

/** What the word before a place in the text is to be; null where anything may stand. */
export function wantedAt(
  text: string,
  position: number,
  places: readonly NodePlace[],
): Wanted | null {
  const lineStart = text.lastIndexOf("\n", position - 1) + 1;
  const line = text.slice(lineStart, position);
  if (isComment(line)) {
    return null;
  }
  const from = position - (WORD.exec(line)?.[0].length ?? 0);
  const before = line.slice(0, from - lineStart);
  if (/\$\{vars\.$/.test(before + line.slice(from - lineStart).replace(/[^.]*$/, ""))) {
    return { kind: "variable", from: position - (/\w*$/.exec(line)?.[0].length ?? 0) };
  }
  if (/(^|[{,\s])op:\s*$/.test(before)) {
    return { kind: "operator", from };
  }
  const node = enclosing(places, position);
  if (node === undefined) {
    return null;
  }
  const [, key] = /([\w-]+):\s*(?:\[(?:[^\]]*,)?\s*)?$/.exec(before) ?? [];
  const isHead = key === node.id && lineStart <= node.from;
  if (key !== undefined && !isHead) {
    return { kind: "value", from, node, key };
  }
  return /(^\s+|[{,]\s*)$/.test(before) ? { kind: "key", from, node } : null;
}

/** The last node that begins before a place: while one types, its end is not where it will be. */
function enclosing(places: readonly NodePlace[], position: number): NodePlace | undefined {
  return places.filter(({ from }) => from <= position).at(-1);
}

const isComment = (line: string) => /(^|\s)#/.test(line.replace(/"[^"]*"|'[^']*'/g, ""));
