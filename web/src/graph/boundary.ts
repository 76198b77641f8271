/** What is where a component begins and ends: the ports that nodes need to become one, and the ids to dissolve it. */
import type { Connection, Edit, Graph } from "@/editor/types";
import { ANYTHING, type Catalogue, operatorOf } from "./catalogue";
import { RESERVED } from "./componentEdits";
import { connectEdit, type Edge, edgesOf, inputPort } from "./connecting";
import { freeVariant } from "./naming";
import { indexOfNodes, nodeOf } from "./reading";

type MakeComponent = Extract<Edit, { kind: "make_component" }>;

/** The ports of a component made of nodes. */
export interface Boundary {
  readonly inputs: MakeComponent["inputs"];
  readonly outputs: MakeComponent["outputs"];
  /** Edits that come first: connections across the boundary that follow by themselves are written. */
  readonly before: readonly Edit[];
}

/** The ports that these nodes need as a component, named after what they are connected with. */
export function boundaryOf(
  catalogue: Catalogue,
  graph: Graph,
  wired: readonly Connection[],
  nodes: Iterable<string>,
): Boundary {
  const chosen = new Set(nodes);
  const edges = edgesOf(catalogue, graph, wired);
  const entering = edges.filter(
    ({ source, target }) => !chosen.has(source.node) && chosen.has(target.node),
  );
  const leaving = edges.filter(
    ({ source, target }) => chosen.has(source.node) && !chosen.has(target.node),
  );
  const inner = edges.filter(
    ({ source, target }) => chosen.has(source.node) && chosen.has(target.node),
  );
  return {
    inputs: inputsOf(catalogue, graph, entering, chosen),
    outputs: outputsOf(leaving.length > 0 ? leaving : endsOf(catalogue, graph, chosen, inner)),
    before: [...entering, ...leaving]
      .filter(({ isWired }) => isWired)
      .map(({ source, target }) => connectEdit(catalogue, graph, source, target)),
  };
}

function inputsOf(
  catalogue: Catalogue,
  graph: Graph,
  entering: readonly Edge[],
  chosen: ReadonlySet<string>,
): MakeComponent["inputs"] {
  const inputs: MakeComponent["inputs"] = {};
  const taken = { has: (name: string) => name in inputs || chosen.has(name) || RESERVED.has(name) };
  const seen = new Set<string>();
  for (const { target, source, reference } of entering) {
    if (seen.has(reference)) {
      continue;
    }
    seen.add(reference);
    const name = taken.has(target.port) ? freeVariant(source.node, taken) : target.port;
    const type = inputPort(catalogue, graph, target)?.type ?? ANYTHING;
    inputs[name] = { type, source: reference };
  }
  return inputs;
}

type Leaving = Pick<Edge, "source" | "reference">;

function outputsOf(leaving: readonly Leaving[]): MakeComponent["outputs"] {
  const outputs: MakeComponent["outputs"] = {};
  const seen = new Set<string>();
  for (const { source, reference } of leaving) {
    if (!seen.has(reference)) {
      seen.add(reference);
      const isNamed = source.port !== "" && source.port !== "out";
      const name = isNamed ? source.port : source.node;
      outputs[freeVariant(name, { has: (each) => each in outputs })] = reference;
    }
  }
  return outputs;
}

/** Outputs of the nodes nothing of the selection comes after: what somebody may want to go on with. */
function endsOf(
  catalogue: Catalogue,
  graph: Graph,
  chosen: ReadonlySet<string>,
  inner: readonly Edge[],
): Leaving[] {
  const used = new Set(inner.map(({ source }) => source.node));
  return [...chosen].flatMap((id) => {
    const node = nodeOf(graph, id);
    const outputs = node && !used.has(id) ? operatorOf(catalogue, graph, node).outputs : [];
    return outputs.map(({ name: port }, place) => ({
      source: { node: id, port },
      reference: place === 0 ? id : `${id}.${port}`,
    }));
  });
}

/** The edit that puts the nodes of a component in the place of a use of it; they keep their ids where these are free. */
export function dissolveEdit(
  graph: Graph,
  id: string,
): Extract<Edit, { kind: "dissolve_component" }> {
  const taken = new Set(indexOfNodes(graph).keys());
  taken.delete(id);
  const names: Record<string, string> = {};
  const component = graph.components[nodeOf(graph, id)?.op ?? ""];
  for (const node of component?.graph.nodes ?? []) {
    const free = freeVariant(node.id, taken);
    taken.add(free);
    names[node.id] = free;
  }
  return { kind: "dissolve_component", node: id, names };
}

/** Whether a node uses a component of its graph. */
export function usesComponent(graph: Graph, id: string): boolean {
  return graph.components?.[nodeOf(graph, id)?.op ?? ""] !== undefined;
}
