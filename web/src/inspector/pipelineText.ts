/**
 * What stands in a pipeline file beside its nodes: name, description, variables.
 *
 * Changes touch as few characters as possible: comments and layout are somebody's work.
 */
import { isMap, isScalar, type Pair, parseDocument, stringify, type YAMLMap } from "yaml";

export interface PipelineHead {
  readonly name: string;
  readonly description: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** Sections of many lines that the head does not need: reading them would take a second for a thousand nodes. */
const LONG_SECTIONS = /^(?:nodes|components|layout):[^\S\n]*(?:#.*)?\n(?:(?:[ \t#].*)?\n)*/gm;

/** Read the head of a file, as far as it can be read. */
export function readHead(text: string): PipelineHead {
  const root = rootOf(`${text}\n`.replace(LONG_SECTIONS, ""));
  const variables = root?.get("vars");
  const word = (key: string) => {
    const value = root?.get(key);
    return value === undefined || value === null || typeof value === "object" ? "" : String(value);
  };
  return {
    name: word("name"),
    description: word("description"),
    variables: isMap(variables) ? (variables.toJSON() as Record<string, unknown>) : {},
  };
}

/** The text with another name or description. */
export function withHeadValue(text: string, key: "name" | "description", value: string): string {
  const root = rootOf(text);
  const pair = root && pairOf(root, key);
  if (pair) {
    return withPairValue(text, pair, value);
  }
  const after = root && pairOf(root, key === "name" ? "netloom" : "name");
  return insertLine(text, after ? endOfLine(text, endOf(after)) : 0, `${key}: ${inline(value)}`);
}

/** The text with a variable added, or with another value of it. */
export function withVariable(text: string, name: string, value: unknown): string {
  const root = rootOf(text);
  const variables = root?.get("vars");
  if (root === null || !isMap(variables)) {
    return withFirstVariable(text, root, name, value);
  }
  const pair = pairOf(variables, name);
  if (pair) {
    return withPairValue(text, pair, value);
  }
  const entry = `${name}: ${inline(value)}`;
  if (variables.flow) {
    const brace = (variables.range?.[1] ?? text.length) - 1;
    const before = text.slice(0, brace).trimEnd();
    return `${before}${variables.items.length > 0 ? ", " : ""}${entry}${text.slice(brace)}`;
  }
  const [first] = variables.items;
  const last = variables.items.at(-1);
  const indent = first ? columnOf(text, startOf(first)) : 2;
  const end = last ? endOfLine(text, endOf(last)) : text.length;
  return insertLine(text, end, " ".repeat(indent) + entry);
}

/** The text without a variable. */
export function withoutVariable(text: string, name: string): string {
  const root = rootOf(text);
  const variables = root?.get("vars");
  const pair = isMap(variables) ? pairOf(variables, name) : undefined;
  if (!root || !isMap(variables) || !pair) {
    return text;
  }
  if (variables.items.length === 1) {
    const whole = pairOf(root, "vars");
    return whole ? withoutLines(text, startOf(whole), endOf(pair)) : text;
  }
  if (!variables.flow) {
    return withoutLines(text, startOf(pair), endOf(pair));
  }
  const after = text.slice(endOf(pair)).replace(/^\s*,\s*/, "");
  const before = text.slice(0, startOf(pair));
  return pair === variables.items.at(-1)
    ? before.replace(/,\s*$/, "") + text.slice(endOf(pair))
    : before + after;
}

/** How often a text refers to a variable. */
export function usesOf(text: string, variable: string): number {
  return text.split(`\${vars.${variable}}`).length - 1;
}

type Entry = Pair<unknown, unknown>;

function rootOf(text: string): YAMLMap<unknown, unknown> | null {
  const document = parseDocument(text, { keepSourceTokens: true, logLevel: "silent" });
  return isMap(document.contents) ? document.contents : null;
}

function pairOf(map: YAMLMap<unknown, unknown>, key: string): Entry | undefined {
  return map.items.find((pair) => isScalar(pair.key) && pair.key.value === key);
}

type Ranged = { range?: [number, number, number] | null } | null;

const startOf = (pair: Entry): number => (pair.key as Ranged)?.range?.[0] ?? 0;
const endOf = (pair: Entry): number =>
  (pair.value as Ranged)?.range?.[1] ?? (pair.key as Ranged)?.range?.[1] ?? 0;

function withPairValue(text: string, pair: Entry, value: unknown): string {
  const range = (pair.value as Ranged)?.range;
  if (!range) {
    const end = endOf(pair);
    return `${text.slice(0, end)}: ${inline(value)}${text.slice(end).replace(/^\s*:/, "")}`;
  }
  const old = text.slice(range[0], range[1]);
  const tail = old.endsWith("\n") ? "\n" : "";
  const gap = /[:\s]$/.test(text.slice(0, range[0])) && text[range[0] - 1] === ":" ? " " : "";
  return text.slice(0, range[0]) + gap + inline(value) + tail + text.slice(range[1]);
}

function withFirstVariable(
  text: string,
  root: YAMLMap<unknown, unknown> | null,
  name: string,
  value: unknown,
): string {
  const line = `vars: {${name}: ${inline(value)}}`;
  const empty = root && pairOf(root, "vars");
  if (empty) {
    const start = startOf(empty);
    return text.slice(0, start) + line + text.slice(endOfLine(text, endOf(empty)) - 1);
  }
  const nodes = root && pairOf(root, "nodes");
  return insertLine(text, nodes ? startOf(nodes) : text.length, line);
}

/** A value on one line, as it may stand behind a key, also inside braces. */
function inline(value: unknown): string {
  if (typeof value === "string" && value.includes("\n")) {
    return JSON.stringify(value);
  }
  const options = { collectionStyle: "flow", lineWidth: 0, flowCollectionPadding: false } as const;
  return stringify([value], options).trim().slice(1, -1);
}

const columnOf = (text: string, position: number): number =>
  position - (text.lastIndexOf("\n", position - 1) + 1);

/** Where the next line begins. */
function endOfLine(text: string, position: number): number {
  if (position > 0 && text[position - 1] === "\n") {
    return position;
  }
  const end = text.indexOf("\n", position);
  return end < 0 ? text.length : end + 1;
}

function insertLine(text: string, position: number, line: string): string {
  const before = text.slice(0, position);
  const gap = before === "" || before.endsWith("\n") ? "" : "\n";
  return `${before}${gap}${line}\n${text.slice(position)}`;
}

function withoutLines(text: string, start: number, end: number): string {
  return text.slice(0, text.lastIndexOf("\n", start - 1) + 1) + text.slice(endOfLine(text, end));
}
