/** Looking things up in a graph. Answers are remembered for as long as the graph lives, which never changes. */
import type { Graph, GraphNode } from "@/editor/types";
import type { Edge } from "./connecting";

const indexes = new WeakMap<object, ReadonlyMap<string, number>>();

/** Where each node stands in `graph.nodes`. */
export function indexOfNodes(graph: Graph): ReadonlyMap<string, number> {
  const known = indexes.get(graph.nodes);
  if (known !== undefined) {
    return known;
  }
  const index = new Map(graph.nodes.map((node, position) => [node.id, position]));
  indexes.set(graph.nodes, index);
  return index;
}

/** A node by its id. */
export function nodeOf(graph: Graph, id: string): GraphNode | undefined {
  const position = indexOfNodes(graph).get(id);
  return position === undefined ? undefined : graph.nodes[position];
}

/** One written reference: who refers (input port) and how it is written. */
export interface Reference {
  readonly node: string;
  readonly port: string;
  /** `fit.model`, or `fit` for the only or first output. */
  readonly reference: string;
}

const references = new WeakMap<object, ReadonlyMap<string, readonly Reference[]>>();

/** All written references to the outputs of a node. */
export function referencesTo(graph: Graph, id: string): readonly Reference[] {
  let known = references.get(graph.nodes);
  if (known === undefined) {
    known = collectReferences(graph);
    references.set(graph.nodes, known);
  }
  return known.get(id) ?? [];
}

function collectReferences(graph: Graph): ReadonlyMap<string, readonly Reference[]> {
  const found = new Map<string, Reference[]>();
  for (const node of graph.nodes) {
    for (const [port, source] of Object.entries(node.inputs ?? {})) {
      for (const reference of typeof source === "string" ? [source] : source) {
        const dot = reference.indexOf(".");
        const target = dot < 0 ? reference : reference.slice(0, dot);
        const known = found.get(target);
        if (known === undefined) {
          found.set(target, [{ node: node.id, port, reference }]);
        } else {
          known.push({ node: node.id, port, reference });
        }
      }
    }
  }
  return found;
}

/** Who comes directly after (or before) each node. */
export function neighbours(
  edges: readonly Edge[],
  direction: "after" | "before",
): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const { source, target } of edges) {
    const [from, to] =
      direction === "after" ? [source.node, target.node] : [target.node, source.node];
    const known = found.get(from);
    if (known === undefined) {
      found.set(from, [to]);
    } else if (!known.includes(to)) {
      known.push(to);
    }
  }
  return found;
}

/** Everything that can be reached from some nodes, without these nodes unless a cycle leads back. */
function reachable(
  start: Iterable<string>,
  next: ReadonlyMap<string, readonly string[]>,
): ReadonlySet<string> {
  const found = new Set<string>();
  const open = [...start];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    for (const other of next.get(id) ?? []) {
      if (!found.has(other)) {
        found.add(other);
        open.push(other);
      }
    }
  }
  return found;
}

/** Everything that depends on a node. */
export function descendants(edges: readonly Edge[], ...nodes: string[]): ReadonlySet<string> {
  return reachable(nodes, neighbours(edges, "after"));
}

/** Everything a node depends on. */
export function ancestors(edges: readonly Edge[], ...nodes: string[]): ReadonlySet<string> {
  return reachable(nodes, neighbours(edges, "before"));
}

/** Ids of all nodes, each after what it depends on, else in the order of the text; cycles come last. */
export function topologicalOrder(graph: Graph, edges: readonly Edge[]): readonly string[] {
  const index = indexOfNodes(graph);
  const after = neighbours(edges, "after");
  const missing = new Map(graph.nodes.map((node) => [node.id, 0]));
  for (const others of after.values()) {
    for (const other of others) {
      missing.set(other, (missing.get(other) ?? 0) + 1);
    }
  }
  const order: string[] = [];
  let ready = graph.nodes.map((node) => node.id).filter((id) => missing.get(id) === 0);
  while (ready.length > 0) {
    const next: string[] = [];
    for (const id of ready) {
      order.push(id);
      for (const other of after.get(id) ?? []) {
        const left = (missing.get(other) ?? 0) - 1;
        missing.set(other, left);
        if (left === 0 && index.has(other)) {
          next.push(other);
        }
      }
    }
    ready = next.sort((left, right) => (index.get(left) ?? 0) - (index.get(right) ?? 0));
  }
  const placed = new Set(order);
  return [...order, ...graph.nodes.map((node) => node.id).filter((id) => !placed.has(id))];
}
