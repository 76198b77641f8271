/**
 * Bypassed nodes stand aside: what would take an output of one takes what goes into it.
 *
 * The same rule as the server's (`netloom/graph/bypass.py`): of the node's connected inputs, in the order of the
 * operator, the first whose source fits the type of the output.
 */
import type { Edit, Graph } from "@/editor/types";
import { type Catalogue, fits, operatorOf } from "./catalogue";
import { type Edge, type Endpoint, edgesOf, outputPort } from "./connecting";
import { nodeOf } from "./reading";

/** For the outputs of one bypassed node: the input whose source each hands on. Outputs that vanish are absent. */
export type Passages = ReadonlyMap<string, string>;

const NO_PASSAGES: Passages = new Map();
const remembered = new WeakMap<readonly Edge[], ReadonlyMap<string, Passages>>();

/** The passages of every bypassed node, by its id. Only connections that are written count. */
export function passagesOf(catalogue: Catalogue, graph: Graph): ReadonlyMap<string, Passages> {
  const edges = edgesOf(catalogue, graph, NOT_WIRED);
  const known = remembered.get(edges);
  if (known !== undefined) {
    return known;
  }
  const finder = new SourceFinder(catalogue, graph, edges);
  const found = new Map<string, Passages>();
  for (const node of graph.nodes) {
    if (node.bypass) {
      found.set(node.id, finder.passages(node.id));
    }
  }
  remembered.set(edges, found);
  return found;
}

const NOT_WIRED: readonly never[] = [];

/** What is taken in place of an output: the output itself, if its node runs; null if there is nothing. */
export function sourceBehind(
  catalogue: Catalogue,
  graph: Graph,
  output: Endpoint,
): Endpoint | null {
  return new SourceFinder(catalogue, graph, edgesOf(catalogue, graph, NOT_WIRED)).source(output);
}

class SourceFinder {
  private readonly incoming = new Map<string, Edge[]>();
  /** What stands for an output, with the edge it comes in by; null while it is looked for, or if nothing does. */
  private readonly found = new Map<string, { source: Endpoint; by: Edge } | null>();

  constructor(
    private readonly catalogue: Catalogue,
    private readonly graph: Graph,
    edges: readonly Edge[],
  ) {
    for (const edge of edges) {
      const { node } = edge.target;
      if (nodeOf(graph, node)?.bypass) {
        this.incoming.set(node, [...(this.incoming.get(node) ?? []), edge]);
      }
    }
  }

  passages(node: string): Passages {
    const entries = this.outputsOf(node).flatMap((port) => {
      const passed = this.through({ node, port });
      return passed === null ? [] : [[port, passed.by.target.port] as const];
    });
    return entries.length === 0 ? NO_PASSAGES : new Map(entries);
  }

  source(output: Endpoint): Endpoint | null {
    const isAside = nodeOf(this.graph, output.node)?.bypass;
    return isAside ? (this.through(output)?.source ?? null) : output;
  }

  private outputsOf(id: string): string[] {
    const node = nodeOf(this.graph, id);
    const outputs = node ? operatorOf(this.catalogue, this.graph, node).outputs : [];
    return outputs.map(({ name }) => name);
  }

  private through(output: Endpoint): { source: Endpoint; by: Edge } | null {
    const key = `${output.node}.${output.port}`;
    const known = this.found.get(key);
    if (known !== undefined) {
      return known;
    }
    this.found.set(key, null); // a circle hands nothing on
    const wanted = outputPort(this.catalogue, this.graph, output);
    for (const by of wanted === undefined ? [] : (this.incoming.get(output.node) ?? [])) {
      const source = this.source(by.source);
      const given = source && outputPort(this.catalogue, this.graph, source);
      if (source && given && wanted && fits(this.catalogue, given.type, wanted.type)) {
        this.found.set(key, { source, by });
        return { source, by };
      }
    }
    return null;
  }
}

/** How a connection takes part in bypassing: something passes along it, or nothing does; undefined for all others. */
export function partOf(
  { source, target }: Edge,
  passages: (node: string) => Passages | null,
): "passes" | "stops" | undefined {
  const from = passages(source.node);
  const into = passages(target.node);
  if (from === null && into === null) {
    return undefined;
  }
  const leaves = from === null || from.has(source.port);
  const goesOn = into === null || [...into.values()].includes(target.port);
  return leaves && goesOn ? "passes" : "stops";
}

/** Edits that bypass nodes; if all of them are bypassed, that use them again. */
export function bypassEdits(graph: Graph | null, nodes: Iterable<string>): Edit[] {
  const chosen = [...nodes].flatMap((id) => (graph && nodeOf(graph, id)) ?? []);
  const isWanted = chosen.some((node) => !node.bypass);
  return chosen
    .filter((node) => Boolean(node.bypass) !== isWanted)
    .map(({ id: node }) => ({
      kind: "set_node_key",
      node,
      key: "bypass",
      value: isWanted || null,
    }));
}
