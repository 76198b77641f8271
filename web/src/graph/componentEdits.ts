/**
 * Making a component of nodes and dissolving one, as the server does it (`netloom/graph/component_edits.py`).
 *
 * Values that depend on settings of a component (`${settings.size * 2}`) stay as they are written until the server
 * has answered; it fills them in.
 */
import type { Edit, Graph, GraphNode } from "@/editor/types";
import { splitReference } from "./catalogue";
import { isNodeId } from "./naming";
import { indexOfNodes, neighbours, nodeOf } from "./reading";

type MakeComponent = Extract<Edit, { kind: "make_component" }>;
type DissolveComponent = Extract<Edit, { kind: "dissolve_component" }>;
type Component = Graph["components"][string];

/** Why an edit cannot be applied: a text of the namespace `editor`. */
export class BadComponentEdit extends Error {
  override readonly name = "BadComponentEdit";

  constructor(
    readonly key: string,
    readonly values: Readonly<Record<string, string>> = {},
  ) {
    super(`${key} ${JSON.stringify(values)}`);
  }
}

/** The graph with nodes put into a component. Throws `BadComponentEdit`. */
export function withComponent(graph: Graph, edit: MakeComponent): Graph {
  const chosen = new Set(edit.nodes);
  checkMaking(graph, edit, chosen);
  const names = new Map(
    Object.entries(edit.inputs).map(([name, { source }]) => [normal(source), name]),
  );
  const exposed = new Map(
    Object.entries(edit.outputs).map(([name, source]) => [normal(source), `${edit.node}.${name}`]),
  );
  const inside = graph.nodes
    .filter(({ id }) => chosen.has(id))
    .map((node) => reconnected(node, (ref) => [isOf(chosen, ref) ? ref : known(names, ref, edit)]));
  const outside = graph.nodes
    .filter(({ id }) => !chosen.has(id))
    .map((node) =>
      reconnected(node, (ref) => [isOf(chosen, ref) ? known(exposed, ref, edit) : ref]),
    );
  const inputs = Object.entries(edit.inputs);
  const component: Component = {
    inputs: Object.fromEntries(inputs.map(([name, { type }]) => [name, type])),
    settings: {},
    outputs: { ...edit.outputs },
    help: "",
    graph: { nodes: inside, components: {} },
  };
  const use: GraphNode = {
    id: edit.node,
    op: edit.name,
    settings: {},
    inputs: Object.fromEntries(inputs.map(([name, { source }]) => [name, normal(source)])),
    note: "",
    retries: 0,
    bypass: false,
  };
  return {
    ...graph,
    nodes: [...outside, use],
    components: { ...graph.components, [edit.name]: component },
  };
}

/** The graph with the nodes of a component in the place of a use of it. Throws `BadComponentEdit`. */
export function withoutComponent(graph: Graph, edit: DissolveComponent): Graph {
  const use = nodeOf(graph, edit.node);
  if (use === undefined) {
    throw new BadComponentEdit("edit.noNode", { node: edit.node });
  }
  const component = checkDissolving(graph, use, edit);
  const outer = (ref: string): string[] => {
    const [node, port] = splitReference(ref);
    if (component.inputs?.[node] !== undefined) {
      return [use.inputs?.[node] ?? []].flat();
    }
    const name = edit.names[node] ?? node;
    return [port === undefined ? name : `${name}.${port}`];
  };
  const behind = (ref: string): string[] => {
    const [node, port] = splitReference(ref);
    if (node !== use.id) {
      return [ref];
    }
    const outputs = component.outputs ?? {};
    const inner = port === undefined ? Object.values(outputs)[0] : outputs[port];
    return inner === undefined ? [] : outer(inner);
  };
  const moved = component.graph.nodes.map((node) => ({
    ...reconnected(node, outer),
    id: edit.names[node.id] ?? node.id,
    settings: filled(node.settings, { ...component.settings, ...use.settings }),
    needs: node.needs ?? use.needs,
    retries: node.retries || use.retries,
    timeout_s: node.timeout_s ?? use.timeout_s,
  }));
  const others = graph.nodes
    .filter(({ id }) => id !== use.id)
    .map((node) => reconnected(node, behind));
  const after = { ...graph, nodes: [...others, ...moved] };
  const { [use.op]: _, ...rest } = graph.components;
  return isUsed(use.op, after) ? after : { ...after, components: rest };
}

function checkMaking(graph: Graph, edit: MakeComponent, chosen: ReadonlySet<string>): void {
  const missing = edit.nodes.find((id) => nodeOf(graph, id) === undefined);
  if (missing !== undefined) {
    throw new BadComponentEdit("edit.noNode", { node: missing });
  }
  const taken = nodeOf(graph, edit.node) ? edit.node : graph.components[edit.name] && edit.name;
  if (taken) {
    throw new BadComponentEdit("edit.idTaken", { node: taken });
  }
  const ports = [...Object.keys(edit.inputs), ...Object.keys(edit.outputs)];
  const bad = [edit.name, edit.node, ...ports].find((name) => !isNodeId(name));
  const clash = Object.keys(edit.inputs).find((name) => chosen.has(name) || RESERVED.has(name));
  if (bad !== undefined || clash !== undefined || chosen.size === 0) {
    throw new BadComponentEdit("edit.badId", { node: bad ?? clash ?? "" });
  }
  const foreign = Object.values(edit.outputs).find((source) => !isOf(chosen, source));
  if (foreign !== undefined) {
    throw new BadComponentEdit("edit.noPort", { name: edit.name, source: foreign });
  }
  const between = nodesBetween(graph, chosen);
  if (between.length > 0) {
    throw new BadComponentEdit("edit.wayBack", { nodes: between.join(", ") });
  }
}

/** Names of node keys in a file, which no input can have. */
export const RESERVED: ReadonlySet<string> = new Set([
  "op",
  "needs",
  "retries",
  "timeout_s",
  "note",
  "reuse",
  "bypass",
]);

/** Nodes that come after some of the chosen ones and before others: they would be on both sides of a component. */
export function nodesBetween(graph: Graph, chosen: ReadonlySet<string>): string[] {
  const written = graph.nodes.flatMap((node) =>
    Object.entries(node.inputs ?? {}).flatMap(([port, sources]) =>
      [sources].flat().map((reference) => ({
        id: "",
        source: { node: splitReference(reference)[0], port: "" },
        target: { node: node.id, port },
        isWired: false,
        reference,
      })),
    ),
  );
  const after = outsideReach(chosen, neighbours(written, "after"));
  const before = outsideReach(chosen, neighbours(written, "before"));
  return graph.nodes.map(({ id }) => id).filter((id) => after.has(id) && before.has(id));
}

function outsideReach(
  chosen: ReadonlySet<string>,
  next: ReadonlyMap<string, readonly string[]>,
): ReadonlySet<string> {
  const seen = new Set(chosen);
  const open = [...chosen];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    for (const other of next.get(id) ?? []) {
      if (!seen.has(other)) {
        seen.add(other);
        open.push(other);
      }
    }
  }
  return new Set([...seen].filter((id) => !chosen.has(id)));
}

function checkDissolving(graph: Graph, use: GraphNode, { names }: DissolveComponent): Component {
  const component = graph.components[use.op];
  const values = { node: use.id };
  if (component === undefined) {
    throw new BadComponentEdit("edit.noComponent", values);
  }
  if (use.bypass) {
    throw new BadComponentEdit("edit.bypassed", values);
  }
  if (Object.keys(component.graph.components ?? {}).length > 0) {
    throw new BadComponentEdit("edit.nested", values);
  }
  const isMissing = ([name, value]: [string, unknown]) =>
    isRequired(value) && use.settings?.[name] === undefined;
  const missing = Object.entries(component.settings ?? {}).find(isMissing);
  if (missing !== undefined) {
    throw new BadComponentEdit("edit.noValue", { ...values, setting: missing[0] });
  }
  const taken = new Set(indexOfNodes(graph).keys());
  taken.delete(use.id);
  for (const { id } of component.graph.nodes) {
    const name = names[id] ?? "";
    if (taken.has(name) || !isNodeId(name)) {
      throw new BadComponentEdit(taken.has(name) ? "edit.idTaken" : "edit.badId", { node: name });
    }
    taken.add(name);
  }
  return component;
}

const isRequired = (value: unknown): boolean =>
  typeof value === "object" && value !== null && "$required" in value;

function isUsed(name: string, graph: Graph): boolean {
  return (
    graph.nodes.some(({ op }) => op === name) ||
    Object.values(graph.components ?? {}).some((each) => isUsed(name, each.graph))
  );
}

const isOf = (chosen: ReadonlySet<string>, reference: string) =>
  chosen.has(splitReference(reference)[0]);

/** `fit.` means `fit`. */
function normal(reference: string): string {
  const [node, port] = splitReference(reference);
  return port === undefined ? node : `${node}.${port}`;
}

function known(names: ReadonlyMap<string, string>, ref: string, { name }: MakeComponent): string {
  const found = names.get(normal(ref));
  if (found === undefined) {
    throw new BadComponentEdit("edit.noPort", { name, source: ref });
  }
  return found;
}

function reconnected(node: GraphNode, sourcesOf: (reference: string) => string[]): GraphNode {
  const inputs: GraphNode["inputs"] = {};
  for (const [port, source] of Object.entries(node.inputs ?? {})) {
    const found = [source].flat().flatMap(sourcesOf);
    const [first] = found;
    if (Array.isArray(source) || found.length > 1) {
      inputs[port] = found;
    } else if (first !== undefined) {
      inputs[port] = first;
    }
  }
  const isSame = Object.entries(node.inputs ?? {}).every(
    ([port, source]) => String(inputs[port]) === String(source),
  );
  return isSame ? node : { ...node, inputs };
}

const WHOLE_SETTING = /^\$\{\s*settings\.(\w+)\s*\}$/;

function filled(
  settings: GraphNode["settings"],
  values: Readonly<Record<string, unknown>>,
): GraphNode["settings"] {
  return Object.fromEntries(
    Object.entries(settings ?? {}).map(([name, value]) => [name, filledValue(value, values)]),
  );
}

function filledValue(value: unknown, values: Readonly<Record<string, unknown>>): unknown {
  if (Array.isArray(value)) {
    return value.map((each) => filledValue(each, values));
  }
  if (typeof value !== "object" || value === null) {
    return value;
  }
  const { $template: template } = value as { $template?: unknown };
  if (template !== undefined) {
    const name = WHOLE_SETTING.exec(String(template))?.[1];
    return name !== undefined && name in values ? values[name] : value;
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, filledValue(inner, values)]),
  );
}
