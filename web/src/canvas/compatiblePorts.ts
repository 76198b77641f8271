/** Where a connection that is being dragged could end: asked once, when dragging begins. */
import type { Connection, Graph } from "@/editor/types";
import { type Catalogue, fits, operatorOf } from "@/graph/catalogue";
import { edgesOf } from "@/graph/connecting";
import { ancestors, descendants } from "@/graph/reading";
import { type LooseEnd, portKey } from "./view";

/** Keys of all ports that a loose end may be connected with. */
export function compatiblePorts(
  catalogue: Catalogue,
  graph: Graph,
  wired: readonly Connection[],
  end: LooseEnd,
): ReadonlySet<string> {
  const written = edgesOf(catalogue, graph, wired).filter((edge) => !edge.isWired);
  // An output must not lead back to what it depends on, an input not come from what depends on it.
  const closing = (end.side === "output" ? ancestors : descendants)(written, end.node);
  const found = new Set<string>();
  for (const node of graph.nodes) {
    if (node.id === end.node || closing.has(node.id)) {
      continue;
    }
    const operator = operatorOf(catalogue, graph, node);
    if (end.side === "output") {
      for (const port of operator.inputs) {
        if (fits(catalogue, end.type, port.type)) {
          found.add(portKey(node.id, "input", port.name));
        }
      }
    } else {
      for (const port of operator.outputs) {
        if (fits(catalogue, port.type, end.type)) {
          found.add(portKey(node.id, "output", port.name));
        }
      }
    }
  }
  return found;
}
