/** Where nodes go: automatic layout from left to right, alignment, distribution. All as edits: one step of undo. */
import type { Edit } from "@/editor/types";
import type { Edge } from "./connecting";
import { type Link, layered } from "./layered/layered";
import { neighbours } from "./reading";

/** A node's rectangle on the canvas. */
export interface Box {
  readonly id: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export type Alignment = "left" | "centre" | "right" | "top" | "middle" | "bottom";
export type Direction = "horizontally" | "vertically";

/** Steps of the grid nodes snap to. */
export const GRID = 8;
const BETWEEN_COLUMNS = 80;
const BETWEEN_NODES = 32;
const BETWEEN_PARTS = 64;
/** How wide rows of nodes without connections are, if nothing else is wider. */
const ROW_WIDTH = 1_200;

/**
 * Edits that lay nodes out from left to right.
 *
 * Only the nodes given move. With `keepsCorner` (a selection) their upper left corner stays where it is.
 * Connections come in the order of the ports they go into, as `edgesOf` gives them.
 */
export function arrange(
  boxes: readonly Box[],
  edges: readonly Edge[],
  { keepsCorner = false }: { keepsCorner?: boolean } = {},
): Edit[] {
  if (boxes.length === 0) {
    return [];
  }
  const inner = innerEdges(boxes, edges);
  const parts = connectedParts(boxes, inner);
  const laid = stacked(
    parts.map((part) => (part.length === 1 ? part : leftToRight(part, innerEdges(part, inner)))),
  );
  const wanted = keepsCorner ? cornerOf(boxes) : { x: 0, y: 0 };
  const corner = cornerOf([...laid.values()]);
  return moves(
    boxes,
    boxes.map((box) => {
      const { x, y } = laid.get(box.id) ?? box;
      return { ...box, x: x - corner.x + wanted.x, y: y - corner.y + wanted.y };
    }),
  );
}

function innerEdges(boxes: readonly Box[], edges: readonly Edge[]): readonly Edge[] {
  const ids = new Set(boxes.map((box) => box.id));
  return edges.filter(({ source, target }) => ids.has(source.node) && ids.has(target.node));
}

/** Nodes that hang together: each part is laid out by itself, which is clearer and much faster. */
function connectedParts(boxes: readonly Box[], edges: readonly Edge[]): readonly Box[][] {
  const after = neighbours(edges, "after");
  const before = neighbours(edges, "before");
  const part = new Map<string, Box[]>();
  const parts: Box[][] = [];
  for (const box of boxes) {
    if (part.has(box.id)) {
      continue;
    }
    const found: Box[] = [];
    const open = [box.id];
    part.set(box.id, found);
    for (let id = open.pop(); id !== undefined; id = open.pop()) {
      for (const other of [...(after.get(id) ?? []), ...(before.get(id) ?? [])]) {
        if (!part.has(other)) {
          part.set(other, found);
          open.push(other);
        }
      }
    }
    parts.push(found);
  }
  for (const box of boxes) {
    part.get(box.id)?.push(box); // in the order given
  }
  return parts;
}

function leftToRight(boxes: readonly Box[], edges: readonly Edge[]): readonly Box[] {
  const corners = layered(boxes, linksOf(boxes, edges), {
    betweenColumns: BETWEEN_COLUMNS,
    betweenRows: BETWEEN_NODES,
  });
  return boxes.map((box, at) => ({ ...box, ...corners[at] }));
}

function linksOf(boxes: readonly Box[], edges: readonly Edge[]): readonly Link[] {
  const index = new Map(boxes.map((box, at) => [box.id, at]));
  const into = new Map<string, Edge[]>();
  for (const edge of edges) {
    const known = into.get(edge.target.node);
    if (known === undefined) {
      into.set(edge.target.node, [edge]);
    } else {
      known.push(edge);
    }
  }
  return [...into].flatMap(([node, some]) =>
    some.map(({ source }, at) => ({
      from: index.get(source.node) ?? 0,
      to: index.get(node) ?? 0,
      share: (at + 0.5) / some.length,
    })),
  );
}

/** Parts below each other, and after them in rows the nodes without connections. */
function stacked(parts: readonly (readonly Box[])[]): ReadonlyMap<string, Box> {
  const placed = new Map<string, Box>();
  let top = 0;
  let width = ROW_WIDTH;
  for (const part of parts.filter((each) => each.length > 1)) {
    const corner = cornerOf(part);
    for (const box of part) {
      placed.set(box.id, { ...box, x: box.x - corner.x, y: box.y - corner.y + top });
      width = Math.max(width, box.x - corner.x + box.width);
    }
    top += Math.max(...part.map((box) => box.y - corner.y + box.height)) + BETWEEN_PARTS;
  }
  let left = 0;
  let height = 0;
  for (const box of parts.flatMap((each) => (each.length === 1 ? each : []))) {
    if (left > 0 && left + box.width > width) {
      left = 0;
      top += height + BETWEEN_NODES;
      height = 0;
    }
    placed.set(box.id, { ...box, x: left, y: top });
    left += box.width + BETWEEN_COLUMNS;
    height = Math.max(height, box.height);
  }
  return placed;
}

function cornerOf(boxes: readonly Box[]): { x: number; y: number } {
  return { x: Math.min(...boxes.map((box) => box.x)), y: Math.min(...boxes.map((box) => box.y)) };
}

/** Edits that align nodes with the outermost of them, or with the middle of all. */
export function align(boxes: readonly Box[], how: Alignment): Edit[] {
  const left = Math.min(...boxes.map((box) => box.x));
  const right = Math.max(...boxes.map((box) => box.x + box.width));
  const top = Math.min(...boxes.map((box) => box.y));
  const bottom = Math.max(...boxes.map((box) => box.y + box.height));
  const places: Record<Alignment, (box: Box) => Partial<Box>> = {
    left: () => ({ x: left }),
    centre: (box) => ({ x: (left + right - box.width) / 2 }),
    right: (box) => ({ x: right - box.width }),
    top: () => ({ y: top }),
    middle: (box) => ({ y: (top + bottom - box.height) / 2 }),
    bottom: (box) => ({ y: bottom - box.height }),
  };
  return moves(
    boxes,
    boxes.map((box) => ({ ...box, ...places[how](box) })),
    1, // aligned exactly, also if sizes are not multiples of the grid
  );
}

/** Edits that leave the same room between neighbours; the two outermost nodes stay. */
export function distribute(boxes: readonly Box[], direction: Direction): Edit[] {
  const [side, length] =
    direction === "horizontally" ? (["x", "width"] as const) : (["y", "height"] as const);
  const ordered = [...boxes].sort((one, other) => one[side] - other[side]);
  const [first, last] = [ordered[0], ordered.at(-1)];
  if (first === undefined || last === undefined || ordered.length < 3) {
    return [];
  }
  const taken = ordered.reduce((sum, box) => sum + box[length], 0);
  const room = (last[side] + last[length] - first[side] - taken) / (ordered.length - 1);
  let next = first[side];
  const placed = ordered.map((box) => {
    const moved = { ...box, [side]: next };
    next += box[length] + room;
    return moved;
  });
  return moves(ordered, placed, 1);
}

function moves(before: readonly Box[], after: readonly Box[], grid = GRID): Edit[] {
  return after.flatMap((box, index): Edit[] => {
    const x = Math.round(box.x / grid) * grid;
    const y = Math.round(box.y / grid) * grid;
    const old = before[index];
    return old?.x === x && old.y === y ? [] : [{ kind: "move_node", node: box.id, x, y }];
  });
}
