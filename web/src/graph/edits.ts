/**
 * Edits of a graph and of where its nodes stand, exactly as the server applies them
 * (`netloom/graph/edits.py`), so that the canvas need not wait for it.
 */
import type { CanvasExtras, Edit, Graph, GraphNode, Layout, Reason } from "@/editor/types";
import { splitReference } from "./catalogue";
import { BadComponentEdit, withComponent, withoutComponent } from "./componentEdits";
import { extrasAfter } from "./groups";
import { isNodeId } from "./naming";
import { indexOfNodes, nodeOf, referencesTo } from "./reading";

/** What edits change. Values are never changed but replaced: what is untouched stays the same object. */
export interface Sheet {
  readonly graph: Graph;
  readonly layout: Layout;
  readonly canvas: CanvasExtras;
}

/** An edit that cannot be applied: its node does not exist, an id is taken. */
export class BadEdit extends Error {
  override readonly name = "BadEdit";

  constructor(
    readonly edit: Edit,
    readonly reason: Reason,
  ) {
    super(`${reason.key} ${JSON.stringify(reason.values)}`);
  }
}

type EditOf<Kind extends Edit["kind"]> = Extract<Edit, { kind: Kind }>;

/** The document after some edits, in order. Throws `BadEdit`; then nothing is edited. */
export function applyEdits(sheet: Sheet, edits: readonly Edit[]): Sheet {
  return edits.reduce(applyEdit, sheet);
}

function applyEdit(sheet: Sheet, edit: Edit): Sheet {
  if (edit.kind === "add_node") {
    requireFree(sheet.graph, edit, edit.node.id);
    return { ...sheet, graph: withNodes(sheet.graph, [...sheet.graph.nodes, edit.node]) };
  }
  if (edit.kind === "set_canvas") {
    return { ...sheet, canvas: extrasAfter(sheet.canvas, edit) };
  }
  if (edit.kind === "make_component" || edit.kind === "dissolve_component") {
    return withOtherComponents(sheet, edit);
  }
  const node = nodeOf(sheet.graph, edit.node);
  if (node === undefined) {
    throw new BadEdit(edit, { key: "edit.noNode", values: { node: edit.node } });
  }
  switch (edit.kind) {
    case "move_node":
      return { ...sheet, layout: { ...sheet.layout, [edit.node]: { x: edit.x, y: edit.y } } };
    case "remove_node":
      return withoutNode(sheet, edit.node);
    case "rename_node":
      return renamed(sheet, edit);
    default:
      return { ...sheet, graph: withNode(sheet.graph, changed(node, edit)) };
  }
}

function withOtherComponents(
  sheet: Sheet,
  edit: EditOf<"make_component" | "dissolve_component">,
): Sheet {
  try {
    const isMaking = edit.kind === "make_component";
    const graph = isMaking ? withComponent(sheet.graph, edit) : withoutComponent(sheet.graph, edit);
    const gone = new Set(isMaking ? edit.nodes : [edit.node]);
    const kept = Object.entries(sheet.layout).filter(([id]) => !gone.has(id));
    return { ...sheet, graph, layout: Object.fromEntries(kept) };
  } catch (problem) {
    if (problem instanceof BadComponentEdit) {
      throw new BadEdit(edit, { key: problem.key, values: problem.values });
    }
    throw problem;
  }
}

type NodeEdit = EditOf<"set_setting" | "reset_setting" | "connect" | "disconnect" | "set_node_key">;

function changed(node: GraphNode, edit: NodeEdit): GraphNode {
  switch (edit.kind) {
    case "set_setting": {
      const settings = withValue(node.settings ?? {}, edit.setting.split("."), edit.value);
      return { ...node, settings };
    }
    case "reset_setting":
      return { ...node, settings: withoutValue(node.settings ?? {}, edit.setting.split(".")) };
    case "connect":
      return connected(node, edit);
    case "disconnect":
      return disconnected(node, edit);
    case "set_node_key":
      return { ...node, [edit.key]: edit.value ?? KEY_DEFAULTS[edit.key] };
  }
}

const KEY_DEFAULTS = {
  needs: null,
  retries: 0,
  timeout_s: null,
  note: "",
  reuse: null,
  bypass: false,
} as const;

function connected(node: GraphNode, edit: EditOf<"connect">): GraphNode {
  const existing = node.inputs?.[edit.port];
  const source = normal(edit.source);
  if (!edit.many && !Array.isArray(existing)) {
    return { ...node, inputs: { ...node.inputs, [edit.port]: source } };
  }
  const before = existing === undefined ? [] : [existing].flat();
  const sources = before.includes(source) ? before : [...before, source];
  return { ...node, inputs: { ...node.inputs, [edit.port]: sources } };
}

function disconnected(node: GraphNode, edit: EditOf<"disconnect">): GraphNode {
  const { [edit.port]: existing, ...rest } = node.inputs ?? {};
  const source = edit.source ? normal(edit.source) : null;
  if (existing === undefined || (source !== null && ![existing].flat().includes(source))) {
    const values = { node: node.id, port: edit.port, source: source ?? "" };
    throw new BadEdit(edit, { key: "edit.notConnected", values });
  }
  if (source !== null && Array.isArray(existing)) {
    const others = existing.filter((each) => each !== source);
    if (others.length > 0) {
      return { ...node, inputs: { ...node.inputs, [edit.port]: others } };
    }
  }
  return { ...node, inputs: rest };
}

/** `fit.` means `fit`. */
function normal(reference: string): string {
  const [node, port] = splitReference(reference);
  return port === undefined ? node : `${node}.${port}`;
}

function requireFree(graph: Graph, edit: Edit, id: string): void {
  if (indexOfNodes(graph).has(id)) {
    throw new BadEdit(edit, { key: "edit.idTaken", values: { node: id } });
  }
  if (!isNodeId(id)) {
    throw new BadEdit(edit, { key: "edit.badId", values: { node: id } });
  }
}

function withNodes(graph: Graph, nodes: GraphNode[]): Graph {
  return { ...graph, nodes };
}

function withNode(graph: Graph, node: GraphNode): Graph {
  const nodes = [...graph.nodes];
  nodes[indexOfNodes(graph).get(node.id) ?? nodes.length] = node;
  return withNodes(graph, nodes);
}

function withoutNode(sheet: Sheet, gone: string): Sheet {
  const { [gone]: _, ...layout } = sheet.layout;
  const nodes = rewired(sheet.graph, gone, () => null).filter((node) => node.id !== gone);
  return { ...sheet, graph: withNodes(sheet.graph, nodes), layout };
}

function renamed(sheet: Sheet, edit: EditOf<"rename_node">): Sheet {
  const { node: old, new: id } = edit;
  if (old === id) {
    return sheet;
  }
  requireFree(sheet.graph, edit, id);
  const nodes = rewired(sheet.graph, old, (port) => (port === undefined ? id : `${id}.${port}`));
  const { [old]: position, ...layout } = sheet.layout;
  return {
    ...sheet,
    graph: withNodes(
      sheet.graph,
      nodes.map((node) => (node.id === old ? { ...node, id } : node)),
    ),
    layout: position === undefined ? sheet.layout : { ...layout, [id]: position },
  };
}

/** The nodes with every reference to an output of `id` replaced, or taken away where the answer is null. */
function rewired(
  graph: Graph,
  id: string,
  replacement: (port: string | undefined) => string | null,
): GraphNode[] {
  const users = new Set(referencesTo(graph, id).map((reference) => reference.node));
  const replaced = (reference: string): string[] => {
    const [node, port] = splitReference(reference);
    const found = node === id ? replacement(port) : reference;
    return found === null ? [] : [found];
  };
  return graph.nodes.map((node) => {
    if (!users.has(node.id)) {
      return node;
    }
    const inputs: GraphNode["inputs"] = {};
    for (const [port, source] of Object.entries(node.inputs)) {
      const sources = [source].flat().flatMap(replaced);
      const [first] = sources;
      if (first !== undefined) {
        inputs[port] = Array.isArray(source) ? sources : first;
      }
    }
    return { ...node, inputs };
  });
}

type Mapping = Readonly<Record<string, unknown>>;

function isMapping(value: unknown): value is Mapping {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function withValue(holder: Mapping, steps: readonly string[], value: unknown): Mapping {
  const [key = "", ...rest] = steps;
  if (rest.length === 0) {
    return { ...holder, [key]: value };
  }
  const inner = holder[key];
  return { ...holder, [key]: withValue(isMapping(inner) ? inner : {}, rest, value) };
}

function withoutValue(holder: Mapping, steps: readonly string[]): Mapping {
  const [key = "", ...rest] = steps;
  const { [key]: inner, ...kept } = holder;
  if (rest.length === 0 || !isMapping(inner)) {
    return kept;
  }
  return { ...holder, [key]: withoutValue(inner, rest) };
}
