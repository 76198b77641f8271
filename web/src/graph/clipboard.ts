/**
 * Nodes as text and back, in the short forms of the pipeline file: what the clipboard holds can be pasted into
 * another pipeline, an editor, or a message, and from there back.
 */
import { type Document, isMap, parse, parseDocument, Document as YamlDocument } from "yaml";
import type { Edit, Graph, GraphNode, Layout, Position, Reason } from "@/editor/types";
import { type Catalogue, componentsOf, splitReference } from "./catalogue";
import { freeVariant, isNodeId } from "./naming";
import { indexOfNodes } from "./reading";

/** A text that does not describe nodes. */
export class NotNodes extends Error {
  override readonly name = "NotNodes";

  constructor(readonly reason: Reason) {
    super(reason.key);
  }
}

type Entry = Record<string, unknown>;

const RESERVED = ["needs", "retries", "timeout_s", "note", "reuse", "bypass"] as const;
const LINE_LENGTH = 100;

/**
 * The text of some nodes with their positions.
 *
 * The graph holds values; with `text`, the pipeline file they are from, references such as `${vars.size}`
 * stay references.
 */
export function textOfNodes(
  graph: Graph,
  layout: Layout,
  ids: ReadonlySet<string>,
  text: string | null = null,
): string {
  const chosen = graph.nodes.filter((node) => ids.has(node.id));
  const written = text === null ? {} : writtenNodes(text);
  const nodes = chosen.map((node) => [node.id, entryOf(node, written[node.id])] as const);
  const positions = chosen.flatMap(({ id }) => {
    const position = layout[id];
    return position === undefined ? [] : [[id, [position.x, position.y]] as const];
  });
  const sections: Entry = { nodes: Object.fromEntries(nodes) };
  if (positions.length > 0) {
    sections.layout = Object.fromEntries(positions);
  }
  return tidy(new YamlDocument(sections));
}

/** What a text writes of each node, unresolved; empty if it cannot be read. */
function writtenNodes(text: string): Record<string, Entry> {
  try {
    const { nodes } = mapping(parse(text, { logLevel: "silent" }));
    return mapping(nodes) as Record<string, Entry>;
  } catch {
    return {};
  }
}

function entryOf(node: GraphNode, written: Entry | undefined): Entry {
  const entry: Entry = { op: node.op, ...node.inputs };
  for (const [name, value] of Object.entries(node.settings ?? {})) {
    const text = mapping(written)[name];
    entry[name] = hasReference(text) ? text : fileValue(value);
  }
  for (const key of RESERVED) {
    if (node[key]) {
      entry[key] = fileValue(node[key]);
    }
  }
  return entry;
}

/** Short entries on one line, as the pipeline file is written. */
function tidy(document: Document): string {
  for (const section of ["nodes", "layout"]) {
    const holder = document.get(section);
    for (const { value } of isMap(holder) ? holder.items : []) {
      const node = value as { flow?: boolean } | null;
      if (node !== null && JSON.stringify(value).length <= LINE_LENGTH) {
        node.flow = true;
      }
    }
  }
  return document.toString({ lineWidth: 0, flowCollectionPadding: false });
}

/** How pasted nodes go into a graph. */
export interface Pasting {
  readonly catalogue: Catalogue;
  readonly graph: Graph;
  /** Where the upper left corner of what is pasted goes. */
  readonly at: Position;
  /** Connections from nodes that are not pasted along are kept where these nodes exist. */
  readonly keepsInputs?: boolean;
}

/** Edits that add the nodes of a text under free ids, and these ids. Throws `NotNodes`. */
export function pasteEdits(text: string, pasting: Pasting): { edits: Edit[]; ids: string[] } {
  const { nodes, positions } = readNodes(text);
  const taken = new Set(indexOfNodes(pasting.graph).keys());
  const names = new Map<string, string>();
  for (const id of Object.keys(nodes)) {
    const free = freeVariant(id, taken);
    taken.add(free);
    names.set(id, free);
  }
  const placed = placedAt(Object.keys(nodes), positions, pasting.at);
  const edits = Object.entries(nodes).flatMap(([id, entry]): Edit[] => {
    const node = nodeOfEntry(names.get(id) ?? id, entry, names, pasting);
    const { x, y } = placed.get(id) ?? pasting.at;
    return [
      { kind: "add_node", node },
      { kind: "move_node", node: node.id, x, y },
    ];
  });
  // Adding in the order of the text is fine for connections too: an edit may name a node that comes later.
  return { edits, ids: [...names.values()] };
}

function readNodes(text: string): { nodes: Record<string, Entry>; positions: Layout } {
  const document = parseDocument(text, { logLevel: "silent" });
  const [problem] = document.errors;
  if (problem !== undefined) {
    throw new NotNodes({ key: "paste.syntax", values: { message: problem.message } });
  }
  const content = mapping(document.toJS({ maxAliasCount: 100 }));
  const nodes = "nodes" in content ? mapping(content.nodes) : content;
  const isNodes = ([id, entry]: [string, unknown]) =>
    isNodeId(id) && typeof mapping(entry).op === "string";
  if (Object.keys(nodes).length === 0 || !Object.entries(nodes).every(isNodes)) {
    throw new NotNodes({ key: "paste.noNodes", values: {} });
  }
  const positions: Record<string, Position> = {};
  for (const [id, value] of Object.entries(mapping("nodes" in content ? content.layout : {}))) {
    const [x, y] = Array.isArray(value) ? value : [];
    if (typeof x === "number" && typeof y === "number") {
      positions[id] = { x, y };
    }
  }
  return { nodes: nodes as Record<string, Entry>, positions };
}

/** Their arrangement is kept; nodes without a position go below each other. */
function placedAt(
  ids: readonly string[],
  positions: Layout,
  at: Position,
): ReadonlyMap<string, Position> {
  const known = ids.flatMap((id) => positions[id] ?? []);
  const left = Math.min(...known.map(({ x }) => x));
  const top = Math.min(...known.map(({ y }) => y));
  let below = known.length === 0 ? 0 : Math.max(...known.map(({ y }) => y)) - top + 120;
  const placed = new Map<string, Position>();
  for (const id of ids) {
    const position = positions[id];
    if (position === undefined) {
      placed.set(id, { x: at.x, y: at.y + below });
      below += 120;
    } else {
      placed.set(id, { x: at.x + position.x - left, y: at.y + position.y - top });
    }
  }
  return placed;
}

function nodeOfEntry(
  id: string,
  entry: Entry,
  names: ReadonlyMap<string, string>,
  pasting: Pasting,
): GraphNode {
  const { op, ...rest } = entry;
  const isInput = inputTest(String(op), names, pasting);
  const node: GraphNode = {
    id,
    op: String(op),
    inputs: {},
    settings: {},
    note: "",
    retries: 0,
    bypass: false,
  };
  for (const [key, value] of Object.entries(rest)) {
    if ((RESERVED as readonly string[]).includes(key)) {
      Object.assign(node, { [key]: graphValue(value) });
    } else if (isInput(key, value)) {
      const references = [value].flat().flatMap((each) => pasted(String(each), names, pasting));
      const [first] = references;
      if (first !== undefined) {
        node.inputs[key] = Array.isArray(value) ? references : first;
      }
    } else {
      node.settings[key] = graphValue(value);
    }
  }
  return node;
}

/** Ports and settings share one namespace in the file; the operator tells them apart, else what they name. */
function inputTest(
  op: string,
  names: ReadonlyMap<string, string>,
  { catalogue, graph }: Pasting,
): (key: string, value: unknown) => boolean {
  const operator = catalogue.operators.get(op) ?? componentsOf(catalogue, graph).get(op);
  if (operator !== undefined) {
    const ports = new Set(operator.inputs.map((port) => port.name));
    return (key) => ports.has(key);
  }
  return (_, value) => {
    const listed = [value].flat();
    return (
      listed.length > 0 &&
      listed.every((each) => {
        const [node] = splitReference(String(each));
        return typeof each === "string" && (names.has(node) || indexOfNodes(graph).has(node));
      })
    );
  };
}

/** A reference after pasting: to the pasted node, else to the node that is there, if that is wanted. */
function pasted(
  reference: string,
  names: ReadonlyMap<string, string>,
  { graph, keepsInputs }: Pasting,
): string[] {
  const [node, port] = splitReference(reference);
  const exists = keepsInputs && indexOfNodes(graph).has(node);
  const found = names.get(node) ?? (exists ? node : undefined);
  return found === undefined ? [] : [port === undefined ? found : `${found}.${port}`];
}

function mapping(value: unknown): Entry {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Entry)
    : {};
}

/** Whether a value is, or contains, a text with an unescaped `${`. */
function hasReference(value: unknown): boolean {
  if (typeof value === "string") {
    return value.replaceAll("$${", "").includes("${");
  }
  return typeof value === "object" && value !== null && Object.values(value).some(hasReference);
}

/** A value of the graph as the file says it: `${` is escaped, templates are the text they stand for. */
function fileValue(value: unknown): unknown {
  if (typeof value === "string") {
    return value.replaceAll("${", () => "$${"); // as a text, `$$` would mean `$`
  }
  if (Array.isArray(value)) {
    return value.map(fileValue);
  }
  const { $template: template, ...others } = mapping(value);
  if (typeof template === "string" && Object.keys(others).length === 0) {
    return template;
  }
  return typeof value === "object" && value !== null
    ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, fileValue(inner)]))
    : value;
}

/** Inverse of `fileValue`. */
function graphValue(value: unknown): unknown {
  if (typeof value === "string") {
    return hasReference(value) ? { $template: value } : value.replaceAll("$${", () => "${");
  }
  if (Array.isArray(value)) {
    return value.map(graphValue);
  }
  return typeof value === "object" && value !== null
    ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, graphValue(inner)]))
    : value;
}
