/** Nodes that use a trained model instead of training: another operator stands in for them. */
import type { Edit, Graph, GraphNode, RunView } from "@/editor/types";
import { type Catalogue, type NodeOperator, operatorOf } from "./catalogue";
import { type Edge, outputPort } from "./connecting";
import { nodeOf } from "./reading";

/** The operator that stands in for a node at the moment; null for one that does its own work. */
export function standInOf(
  catalogue: Catalogue,
  node: GraphNode,
  operator: NodeOperator,
): NodeOperator | null {
  const isUsed = Boolean(node.reuse) && !node.bypass && operator.stand_in !== null;
  return (isUsed && catalogue.operators.get(operator.stand_in ?? "")) || null;
}

/** One step: use a trained model, or with null let the node train again. */
export const reuseEdit = (node: string, reference: string | null): Edit => ({
  kind: "set_node_key",
  node,
  key: "reuse",
  value: reference,
});

type StandIns = (node: string) => NodeOperator | null;

/** Whether nothing goes along a connection, because the operator that stands in has no such port. */
export function isIdle({ source, target }: Edge, standIns: StandIns): boolean {
  const from = standIns(source.node);
  const into = standIns(target.node);
  return (
    (from !== null && !from.outputs.some(({ name }) => name === source.port)) ||
    (into !== null && !into.inputs.some(({ name }) => name === target.port))
  );
}

const OF_A_TASK = /^Dataset\[(\w+)\]/;

/** `ImageClassification` → `image_classification`: how data sets and models say it. */
const taskId = (name: string): string => name.replace(/(?!^)[A-Z]/g, "_$&").toLowerCase();

/**
 * The learning task of the data that go into a node, as far as the types of what comes before it tell.
 *
 * Operators that take any task say nothing, so the way leads on to where the data come from.
 */
export function taskOf(
  catalogue: Catalogue,
  graph: Graph,
  edges: readonly Edge[],
  node: string,
): string | null {
  const seen = new Set<string>();
  let open = [node];
  while (open.length > 0) {
    const before = edges.filter(({ target }) => open.includes(target.node));
    open = [];
    for (const { source } of before) {
      const type = outputPort(catalogue, graph, source)?.type ?? "";
      const task = OF_A_TASK.exec(type)?.[1];
      if (task !== undefined) {
        return taskId(task);
      }
      if (type.startsWith("Dataset") && !seen.has(source.node)) {
        seen.add(source.node);
        open.push(source.node);
      }
    }
  }
  return null;
}

/** Names of the classes in the data that go into a node, if a run has shown them; else null. */
export function classesInto(
  catalogue: Catalogue,
  graph: Graph,
  edges: readonly Edge[],
  run: RunView | null,
  node: string,
): readonly string[] | null {
  const found = nodeOf(graph, node);
  const operator = found && operatorOf(catalogue, graph, found);
  for (const { source, target } of edges) {
    const port = operator?.inputs.find(({ name }) => name === target.port);
    if (target.node !== node || !port?.type.startsWith("Dataset")) {
      continue;
    }
    const classes = run?.nodes[source.node]?.outputs[source.port]?.preview.classes;
    if (classes !== null && typeof classes === "object") {
      return Object.keys(classes).filter((name) => name !== NO_CLASS);
    }
  }
  return null;
}

/** What samples without a class are counted under. */
const NO_CLASS = "none";
