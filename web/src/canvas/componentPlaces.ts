/** Where the node of a new component goes, and the nodes of one that is dissolved: edits for one step of undo. */
import type { Connection, Edit, Graph } from "@/editor/types";
import { type Boundary, dissolveEdit } from "@/graph/boundary";
import { type Catalogue, operatorOf } from "@/graph/catalogue";
import { edgesOf } from "@/graph/connecting";
import { applyEdits, BadEdit } from "@/graph/edits";
import { NO_EXTRAS } from "@/graph/groups";
import { arrange } from "@/graph/layout";
import { freeId } from "@/graph/naming";
import { indexOfNodes, nodeOf } from "@/graph/reading";
import { type Box, boxAround, NODE_WIDTH, nodeHeight, onGrid, type Point } from "./geometry";

/** Edits that make a component of nodes, with its node in their middle, and the id of that node. */
export function makingEdits(
  graph: Graph,
  { before, inputs, outputs }: Boundary,
  name: string,
  boxes: readonly (Box & { id: string })[],
): { edits: Edit[]; id: string } {
  const id = freeId(name, indexOfNodes(graph));
  const around = boxAround(boxes) ?? { x: 0, y: 0, width: NODE_WIDTH, height: 0 };
  const x = onGrid(around.x + (around.width - NODE_WIDTH) / 2);
  const y = onGrid(around.y + around.height / 2 - nodeHeight(portsOf(inputs, outputs)) / 2);
  const nodes = boxes.map((box) => box.id);
  const edits: Edit[] = [
    ...before,
    { kind: "make_component", name, node: id, nodes, inputs, outputs },
    { kind: "move_node", node: id, x, y },
  ];
  return { edits, id };
}

/** Edits that put the nodes of a component in the place of its use, laid out from there, and their ids. */
export function dissolvingEdits(
  catalogue: Catalogue,
  graph: Graph,
  node: string,
  at: Point,
  wired: readonly Connection[] = [],
): { edits: Edit[]; ids: string[] } {
  const dissolved = dissolveEdit(graph, node);
  const ids = Object.values(dissolved.names);
  const after = graphAfter(graph, dissolved);
  if (after === null) {
    return { edits: [dissolved], ids: [] }; // the editor refuses it and says why
  }
  const boxes = ids.flatMap((id) => {
    const found = nodeOf(after, id);
    if (found === undefined) {
      return [];
    }
    const { inputs, outputs } = operatorOf(catalogue, after, found);
    const height = nodeHeight(portsOf(inputs, outputs));
    return [{ id, x: at.x, y: at.y, width: NODE_WIDTH, height }];
  });
  const edges = edgesOf(catalogue, after, wired);
  const moves = arrange(boxes, edges, { keepsCorner: true });
  const moved = new Set(moves.flatMap((edit) => (edit.kind === "move_node" ? [edit.node] : [])));
  const stay = boxes.filter(({ id }) => !moved.has(id));
  return {
    edits: [
      dissolved,
      ...moves,
      ...stay.map(({ id, x, y }): Edit => ({ kind: "move_node", node: id, x, y })),
    ],
    ids,
  };
}

function graphAfter(graph: Graph, edit: Edit): Graph | null {
  try {
    return applyEdits({ graph, layout: {}, canvas: NO_EXTRAS }, [edit]).graph;
  } catch (problem) {
    if (problem instanceof BadEdit) {
      return null;
    }
    throw problem;
  }
}

const portsOf = (inputs: object, outputs: object) => ({
  inputs: Object.keys(inputs).length,
  outputs: Object.keys(outputs).length,
  isCollapsed: false,
  lines: ["text" as const],
});
