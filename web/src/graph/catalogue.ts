/** What a graph can be made of: operators, components of the graph, and which types fit together. */
import type { Schemas } from "@/api/client";
import type { Graph, GraphNode } from "@/editor/types";
import { referencesTo } from "./reading";

export type OperatorSummary = Schemas["OperatorSummary"];
export type InputPort = Schemas["InputPort"];
export type OutputPort = Schemas["OutputPort"];
export type PortType = Schemas["PortType"];

/** An operator as a node of a graph sees it. */
export interface NodeOperator extends OperatorSummary {
  /** `missing`: there is no such operator any more; its ports are those that the connections name. */
  readonly origin: "operator" | "component" | "missing";
}

/** Type of ports nothing is known about: they may be connected with anything. */
export const ANYTHING = "anything";

export interface Catalogue {
  /** In the order of the palette. */
  readonly operators: ReadonlyMap<string, NodeOperator>;
  readonly types: ReadonlyMap<string, PortType>;
  /** What could not be loaded, for instance an operator file of the project with a mistake in it. */
  readonly problems: readonly Schemas["Diagnostic"][];
}

/** The catalogue from the answers of `GET /operators` and `GET /port-types`. */
export function createCatalogue(
  answered: Pick<Schemas["OperatorList"], "operators" | "problems">,
  types: Schemas["PortTypeList"],
): Catalogue {
  return {
    operators: new Map(
      answered.operators.map((operator) => [operator.id, { ...operator, origin: "operator" }]),
    ),
    types: new Map(types.types.map((type) => [type.id, type])),
    problems: answered.problems,
  };
}

/** The operator of a node; a stand-in if there is none. The same object as long as nothing of it changes. */
export function operatorOf(catalogue: Catalogue, graph: Graph, node: GraphNode): NodeOperator {
  return (
    catalogue.operators.get(node.op) ??
    componentsOf(catalogue, graph).get(node.op) ??
    standIn(graph, node)
  );
}

/** Whether an output of type `given` may be connected to an input of type `wanted`. */
export function fits(catalogue: Catalogue, given: string, wanted: string): boolean {
  if (given === wanted || given === ANYTHING || wanted === ANYTHING) {
    return true;
  }
  const known = catalogue.types.get(wanted);
  if (known !== undefined && catalogue.types.has(given)) {
    return known.accepts.includes(given);
  }
  return familyOf(given) === familyOf(wanted); // types that only a component names
}

/** What a type is called in the reader's language; its id if the server does not know it. */
export function titleOfType(catalogue: Catalogue, type: string): string {
  return catalogue.types.get(type)?.title || type;
}

/** What shape and colour of a port go by: the outermost class of its type. */
function familyOf(type: string): string {
  return type.replace(/ or nothing$/, "").replace(/\[.*$/, "");
}

const components = new WeakMap<Catalogue, WeakMap<object, ReadonlyMap<string, NodeOperator>>>();

/** The components of a graph as operators, in the order of the text. */
export function componentsOf(
  catalogue: Catalogue,
  graph: Graph,
): ReadonlyMap<string, NodeOperator> {
  const known = components.get(catalogue) ?? new WeakMap();
  components.set(catalogue, known);
  const found = known.get(graph.components) ?? describeComponents(catalogue, graph);
  known.set(graph.components, found);
  return found;
}

function describeComponents(catalogue: Catalogue, graph: Graph): ReadonlyMap<string, NodeOperator> {
  return new Map(
    Object.entries(graph.components ?? {}).map(([name, component]) => [
      name,
      {
        id: name,
        group: "component",
        group_title: "",
        title: name,
        summary: (component.help ?? "").split("\n")[0] ?? "",
        is_job: true,
        is_source: Object.keys(component.inputs ?? {}).length === 0,
        stand_in: null,
        origin: "component" as const,
        inputs: Object.entries(component.inputs ?? {}).map(([port, type]) => ({
          name: port,
          type,
          required: true,
          many: false,
          help: "",
        })),
        outputs: Object.entries(component.outputs ?? {}).map(([port, inner]) => ({
          name: port,
          type: typeInside(catalogue, component, inner),
          help: "",
          preview: null,
        })),
      },
    ]),
  );
}

function typeInside(
  catalogue: Catalogue,
  component: Schemas["Component"],
  reference: string,
): string {
  const [name = "", port] = splitReference(reference);
  const passedThrough = component.inputs?.[name];
  if (passedThrough !== undefined) {
    return passedThrough;
  }
  const node = component.graph.nodes.find((each) => each.id === name);
  const outputs = node ? operatorOf(catalogue, component.graph, node).outputs : [];
  return (port ? outputs.find((each) => each.name === port) : outputs[0])?.type ?? ANYTHING;
}

/** `fit.model` → node and port; the port is undefined for the only, or first, output. */
export function splitReference(reference: string): [node: string, port: string | undefined] {
  const dot = reference.indexOf(".");
  return dot < 0
    ? [reference, undefined]
    : [reference.slice(0, dot), reference.slice(dot + 1) || undefined];
}

const standIns = new WeakMap<GraphNode, { outputs: string; operator: NodeOperator }>();

function standIn(graph: Graph, node: GraphNode): NodeOperator {
  const named = new Set<string>();
  for (const { reference } of referencesTo(graph, node.id)) {
    named.add(splitReference(reference)[1] ?? "");
  }
  const outputs = [...named].sort();
  const known = standIns.get(node);
  if (known !== undefined && known.outputs === outputs.join()) {
    return known.operator;
  }
  const operator: NodeOperator = {
    id: node.op,
    group: "missing",
    group_title: "",
    title: node.op,
    summary: "",
    is_job: true,
    is_source: false,
    stand_in: null,
    origin: "missing",
    inputs: Object.entries(node.inputs ?? {}).map(([port, source]) => ({
      name: port,
      type: ANYTHING,
      required: false,
      many: Array.isArray(source),
      help: "",
    })),
    outputs: outputs.map((name) => ({ name, type: ANYTHING, help: "", preview: null })),
  };
  standIns.set(node, { outputs: outputs.join(), operator });
  return operator;
}
