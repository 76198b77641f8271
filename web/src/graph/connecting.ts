/** Connections: those there are, those there could be, and why not. */
import type { Connection, Edit, Graph, GraphNode, Reason } from "@/editor/types";
import {
  type Catalogue,
  componentsOf,
  fits,
  type InputPort,
  type NodeOperator,
  type OutputPort,
  operatorOf,
  splitReference,
  titleOfType,
} from "./catalogue";
import { descendants, nodeOf } from "./reading";

/** A port of a node. */
export interface Endpoint {
  readonly node: string;
  readonly port: string;
}

/** A connection as the canvas draws it. */
export interface Edge {
  /** The same for the same connection, whatever else changes. */
  readonly id: string;
  readonly source: Endpoint;
  readonly target: Endpoint;
  /** It is not written but follows, because only one output fits. */
  readonly isWired: boolean;
  /** As the graph writes the source: `fit.model`, or `fit` for its only or first output. */
  readonly reference: string;
}

/** The output a reference names. */
function outputOf(catalogue: Catalogue, graph: Graph, reference: string): Endpoint {
  const [node, port] = splitReference(reference);
  if (port !== undefined) {
    return { node, port };
  }
  const found = nodeOf(graph, node);
  const first = found ? operatorOf(catalogue, graph, found).outputs[0]?.name : undefined;
  return { node, port: first ?? "" };
}

/** An output as the graph writes it: the node's id alone for its first output. */
export function referenceTo(catalogue: Catalogue, graph: Graph, output: Endpoint): string {
  const node = nodeOf(graph, output.node);
  const outputs = node ? operatorOf(catalogue, graph, node).outputs : [];
  return outputs[0]?.name === output.port || output.port === ""
    ? output.node
    : `${output.node}.${output.port}`;
}

interface Remembered {
  readonly wired: readonly Connection[];
  readonly components: object;
  readonly edges: readonly Edge[];
}
const remembered = new WeakMap<Catalogue, WeakMap<object, Remembered>>();

/** All connections, written ones first. The same list until nodes or what is wired change. */
export function edgesOf(
  catalogue: Catalogue,
  graph: Graph,
  wired: readonly Connection[],
): readonly Edge[] {
  const known = remembered.get(catalogue) ?? new WeakMap<object, Remembered>();
  remembered.set(catalogue, known);
  const before = known.get(graph.nodes);
  if (before !== undefined && before.wired === wired && before.components === graph.components) {
    return before.edges;
  }
  const edges = collectEdges(catalogue, graph, wired);
  known.set(graph.nodes, { wired, components: graph.components, edges });
  return edges;
}

function collectEdges(
  catalogue: Catalogue,
  graph: Graph,
  wired: readonly Connection[],
): readonly Edge[] {
  const edges: Edge[] = [];
  for (const node of graph.nodes) {
    for (const [port, written] of inputsInOrder(catalogue, graph, node)) {
      for (const reference of typeof written === "string" ? [written] : written) {
        edges.push(edgeOf(catalogue, graph, { node: node.id, port }, reference, false));
      }
    }
  }
  for (const { node, port, source } of wired) {
    // What was wired when the server last answered may be written, or gone, by now.
    const target = nodeOf(graph, node);
    const giver = nodeOf(graph, splitReference(source)[0]);
    const canFollow = giver !== undefined && !giver.bypass && !target?.bypass;
    if (canFollow && target !== undefined && target.inputs?.[port] === undefined) {
      edges.push(edgeOf(catalogue, graph, { node, port }, source, true));
    }
  }
  return edges;
}

/** What is connected to a node, in the order of its operator's ports. */
function inputsInOrder(
  catalogue: Catalogue,
  graph: Graph,
  node: GraphNode,
): [string, string | string[]][] {
  const entries = Object.entries(node.inputs ?? {});
  if (entries.length < 2) {
    return entries;
  }
  const { inputs } = operatorOf(catalogue, graph, node);
  const place = (port: string) => inputs.findIndex((each) => each.name === port);
  return entries.sort(([one], [other]) => place(one) - place(other));
}

function edgeOf(
  catalogue: Catalogue,
  graph: Graph,
  target: Endpoint,
  reference: string,
  isWired: boolean,
): Edge {
  const source = outputOf(catalogue, graph, reference);
  const id = `${source.node}.${source.port}→${target.node}.${target.port}`;
  return { id, source, target, isWired, reference };
}

/** The input port of a node, if its operator has it. */
export function inputPort(
  catalogue: Catalogue,
  graph: Graph,
  { node, port }: Endpoint,
): InputPort | undefined {
  const found = nodeOf(graph, node);
  return found && operatorOf(catalogue, graph, found).inputs.find((each) => each.name === port);
}

/** The output port of a node, if its operator has it. */
export function outputPort(
  catalogue: Catalogue,
  graph: Graph,
  { node, port }: Endpoint,
): OutputPort | undefined {
  const found = nodeOf(graph, node);
  return found && operatorOf(catalogue, graph, found).outputs.find((each) => each.name === port);
}

/** Why an output cannot be connected to an input; null if it can. An occupied single input is replaced. */
export function whyNot(
  catalogue: Catalogue,
  graph: Graph,
  wired: readonly Connection[],
  source: Endpoint,
  target: Endpoint,
): Reason | null {
  const given = outputPort(catalogue, graph, source);
  const wanted = inputPort(catalogue, graph, target);
  if (given === undefined || wanted === undefined) {
    const { node, port } = given === undefined ? source : target;
    return reason("connect.noPort", { node, port });
  }
  if (source.node === target.node) {
    return reason("connect.itself", { node: source.node });
  }
  if (!fits(catalogue, given.type, wanted.type)) {
    return reason("connect.type", {
      given: titleOfType(catalogue, given.type),
      wanted: titleOfType(catalogue, wanted.type),
      node: target.node,
      port: target.port,
    });
  }
  const edges = edgesOf(catalogue, graph, wired);
  const same = edges.some(
    (edge) =>
      !edge.isWired &&
      edge.source.node === source.node &&
      edge.source.port === source.port &&
      edge.target.node === target.node &&
      edge.target.port === target.port,
  );
  if (same) {
    return reason("connect.exists", { ...target });
  }
  // What is wired gives way to what is written, so only written connections can close a cycle.
  const written = edges.filter((edge) => !edge.isWired);
  if (descendants(written, target.node).has(source.node)) {
    return reason("connect.cycle", { source: source.node, target: target.node });
  }
  return null;
}

/** The edit that connects an output to an input. */
export function connectEdit(
  catalogue: Catalogue,
  graph: Graph,
  source: Endpoint,
  target: Endpoint,
): Edit {
  const many = inputPort(catalogue, graph, target)?.many ?? false;
  const reference = referenceTo(catalogue, graph, source);
  return { kind: "connect", source: reference, node: target.node, port: target.port, many };
}

/** The edit that takes a written connection away. */
export function disconnectEdit(edge: Edge): Edit {
  const { node, port } = edge.target;
  return { kind: "disconnect", node, port, source: edge.reference };
}

/** An operator with the port by which it would be connected. */
export interface Candidate<Port> {
  readonly operator: NodeOperator;
  readonly port: Port;
}

function* everyOperator(catalogue: Catalogue, graph: Graph | null): Iterable<NodeOperator> {
  yield* catalogue.operators.values();
  if (graph !== null) {
    yield* componentsOf(catalogue, graph).values();
  }
}

/** Operators having an input that takes an output of this type, with the first such input. */
export function acceptors(
  catalogue: Catalogue,
  portType: string,
  graph: Graph | null = null,
): readonly Candidate<InputPort>[] {
  return [...everyOperator(catalogue, graph)].flatMap((operator) => {
    const port =
      operator.inputs.find((each) => each.required && fits(catalogue, portType, each.type)) ??
      operator.inputs.find((each) => fits(catalogue, portType, each.type));
    return port === undefined ? [] : [{ operator, port }];
  });
}

/** Operators having an output that an input of this type takes, with the first such output. */
export function producers(
  catalogue: Catalogue,
  portType: string,
  graph: Graph | null = null,
): readonly Candidate<OutputPort>[] {
  return [...everyOperator(catalogue, graph)].flatMap((operator) => {
    const port = operator.outputs.find((each) => fits(catalogue, each.type, portType));
    return port === undefined ? [] : [{ operator, port }];
  });
}

/** An operator that turns one type into another. */
export interface Adapter {
  readonly operator: NodeOperator;
  readonly input: InputPort;
  readonly output: OutputPort;
}

/** Operators to put between an output and an input that do not fit: one input, nothing else required. */
export function adapters(
  catalogue: Catalogue,
  outType: string,
  inType: string,
  graph: Graph | null = null,
): readonly Adapter[] {
  return [...everyOperator(catalogue, graph)].flatMap((operator) => {
    const required = operator.inputs.filter((each) => each.required);
    const [input = operator.inputs[0]] = required;
    const output = operator.outputs.find((each) => fits(catalogue, each.type, inType));
    const isOne = required.length <= 1 && input !== undefined;
    return isOne && output !== undefined && fits(catalogue, outType, input.type)
      ? [{ operator, input, output }]
      : [];
  });
}

const reason = (key: string, values: Reason["values"] = {}): Reason => ({ key, values });
