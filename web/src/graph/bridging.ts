/** Removing nodes without cutting what runs through them: `a → b → c` becomes `a → c` where types allow. */
import type { Connection, Edit, Graph } from "@/editor/types";
import { type Catalogue, fits } from "./catalogue";
import { connectEdit, type Edge, edgesOf, inputPort, outputPort } from "./connecting";

/** Edits that remove nodes; what was connected through them is connected directly where types allow. */
export function removalEdits(
  catalogue: Catalogue,
  graph: Graph,
  wired: readonly Connection[],
  nodes: Iterable<string>,
): Edit[] {
  const gone = new Set(nodes);
  const edges = edgesOf(catalogue, graph, wired);
  const leaving = edges.filter(
    ({ source, target, isWired }) => gone.has(source.node) && !gone.has(target.node) && !isWired,
  );
  const bridges = leaving.flatMap((edge) => bridge(catalogue, graph, edges, edge, gone));
  return [...bridges, ...[...gone].map((node): Edit => ({ kind: "remove_node", node }))];
}

function bridge(
  catalogue: Catalogue,
  graph: Graph,
  edges: readonly Edge[],
  leaving: Edge,
  gone: ReadonlySet<string>,
): Edit[] {
  const wanted = inputPort(catalogue, graph, leaving.target);
  const sources = wanted === undefined ? [] : sourcesBehind(edges, leaving.source.node, gone);
  const [found] = sources.filter(({ source }) => {
    const given = outputPort(catalogue, graph, source);
    return given !== undefined && wanted !== undefined && fits(catalogue, given.type, wanted.type);
  });
  return found === undefined ? [] : [connectEdit(catalogue, graph, found.source, leaving.target)];
}

/** Edges by which something comes in that stays, through any number of nodes that go; nearest first. */
function sourcesBehind(
  edges: readonly Edge[],
  start: string,
  gone: ReadonlySet<string>,
): readonly Edge[] {
  const found: Edge[] = [];
  const seen = new Set([start]);
  let open = [start];
  while (open.length > 0) {
    const next: string[] = [];
    for (const edge of edges.filter(({ target }) => open.includes(target.node))) {
      const { node } = edge.source;
      if (!gone.has(node)) {
        found.push(edge);
      } else if (!seen.has(node)) {
        seen.add(node);
        next.push(node);
      }
    }
    open = next;
  }
  return found;
}
