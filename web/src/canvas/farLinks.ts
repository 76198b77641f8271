/** Connections as they are drawn from afar: a few long paths instead of an element for each. */
import { getBezierPath, Position } from "@xyflow/react";
import type { CanvasEdge, CanvasNode } from "./flowElements";

interface Piece {
  ends: readonly [number, number, number, number];
  path: string;
}

/** Where the connections of one colour run, as SVG path data. */
export interface FarLink {
  colour: string;
  path: string;
}

/** A function that gives the paths of connections; it remembers those whose ends stayed where they were. */
export function createFarLinks() {
  let last = new Map<string, Piece>();
  return (nodes: readonly CanvasNode[], edges: readonly CanvasEdge[]): FarLink[] => {
    const nodeOf = new Map(nodes.map((node) => [node.id, node]));
    const next = new Map<string, Piece>();
    const byColour = new Map<string, string[]>();
    for (const edge of edges) {
      const source = endOf(nodeOf.get(edge.source), edge.sourceHandle, "source");
      const target = endOf(nodeOf.get(edge.target), edge.targetHandle, "target");
      if (source === null || target === null) {
        continue;
      }
      const piece = pieceOf(last.get(edge.id), [...source, ...target]);
      next.set(edge.id, piece);
      const colour = edge.data?.colour ?? "";
      const pieces = byColour.get(colour);
      if (pieces === undefined) {
        byColour.set(colour, [piece.path]);
      } else {
        pieces.push(piece.path);
      }
    }
    last = next;
    return [...byColour].map(([colour, pieces]) => ({ colour, path: pieces.join("") }));
  };
}

/** Where a connection meets a port: at the rim of its mark, as React Flow has it. */
function endOf(
  node: CanvasNode | undefined,
  port: string | null | undefined,
  type: "source" | "target",
): [number, number] | null {
  const handle = node?.handles?.find((found) => found.id === port && found.type === type);
  if (node === undefined || handle === undefined) {
    return null;
  }
  const { width = 0, height = 0 } = handle;
  return [
    node.position.x + handle.x + (type === "source" ? width : 0),
    node.position.y + handle.y + height / 2,
  ];
}

function pieceOf(before: Piece | undefined, ends: Piece["ends"]): Piece {
  if (before?.ends.every((value, place) => value === ends[place])) {
    return before;
  }
  const [sourceX, sourceY, targetX, targetY] = ends;
  const [path] = getBezierPath({
    sourceX,
    sourceY,
    sourcePosition: Position.Right,
    targetX,
    targetY,
    targetPosition: Position.Left,
  });
  return { ends, path };
}
