/** A run's graph as boxes and lines, from left to right. */
import type { Schemas } from "@/api/client";
import { layered } from "@/graph/layered/layered";
import type { RunState } from "@/ui/states";

type Graph = Schemas["Graph"];
type Connection = Schemas["Connection"];

export const BOX = { width: 168, height: 44 } as const;
const SPACING = { betweenColumns: 48, betweenRows: 16 };
const MARGIN = 8;

export interface PlacedNode {
  id: string;
  operator: string;
  /** Upper left corner. */
  x: number;
  y: number;
}

export interface PlacedEdge {
  id: string;
  from: string;
  to: string;
  /** An SVG path. */
  path: string;
}

export interface PlacedGraph {
  nodes: readonly PlacedNode[];
  edges: readonly PlacedEdge[];
  width: number;
  height: number;
}

/** Which nodes feed which: once each, however many ports are connected, by writing or by themselves. */
export function edgesOf(graph: Graph, wired: readonly Connection[] = []): [string, string][] {
  const ids = new Set(graph.nodes?.map(({ id }) => id));
  const edges = new Map<string, [string, string]>();
  const add = (source: string, to: string) => {
    const from = ids.has(source) ? source : source.slice(0, source.lastIndexOf("."));
    if (ids.has(from)) {
      edges.set(`${from}>${to}`, [from, to]);
    }
  };
  for (const node of graph.nodes ?? []) {
    for (const source of Object.values(node.inputs ?? {}).flat()) {
      add(source, node.id);
    }
  }
  for (const { source, node } of wired) {
    add(source, node);
  }
  return [...edges.values()];
}

/** Where everything goes. */
export function placedGraph(graph: Graph, wired: readonly Connection[] = []): PlacedGraph {
  const nodes = graph.nodes ?? [];
  const edges = edgesOf(graph, wired);
  const index = new Map(nodes.map(({ id }, at) => [id, at]));
  const corners = layered(
    nodes.map(() => BOX),
    edges.map(([from, to]) => ({ from: index.get(from) ?? 0, to: index.get(to) ?? 0, share: 0.5 })),
    SPACING,
  );
  const [left, top] = [least(corners.map(({ x }) => x)), least(corners.map(({ y }) => y))];
  const placed = nodes.map(({ id, op }, at) => ({
    id,
    operator: op,
    x: (corners[at]?.x ?? 0) - left + MARGIN,
    y: (corners[at]?.y ?? 0) - top + MARGIN,
  }));
  const byId = new Map(placed.map((node) => [node.id, node]));
  return {
    nodes: placed,
    edges: edges.flatMap(([from, to]) => {
      const [source, target] = [byId.get(from), byId.get(to)];
      return source && target
        ? [{ id: `${from}>${to}`, from, to, path: curveBetween(source, target) }]
        : [];
    }),
    width: Math.max(0, ...placed.map(({ x }) => x + BOX.width + MARGIN)),
    height: Math.max(0, ...placed.map(({ y }) => y + BOX.height + MARGIN)),
  };
}

const least = (values: readonly number[]): number => Math.min(...values, Number.POSITIVE_INFINITY);

function curveBetween(from: { x: number; y: number }, to: { x: number; y: number }): string {
  const [x1, y1] = [from.x + BOX.width, from.y + BOX.height / 2];
  const [x2, y2] = [to.x, to.y + BOX.height / 2];
  const bend = Math.max((x2 - x1) / 2, 16);
  return `M${x1},${y1} C${x1 + bend},${y1} ${x2 - bend},${y2} ${x2},${y2}`;
}

/** What to say of several nodes in one word: what needs attention first. */
const URGENCY: readonly RunState[] = [
  "failed",
  "waiting",
  "running",
  "queued",
  "cancelled",
  "skipped",
  "pending",
  "succeeded",
  "cached",
];

/** The state of each node of the graph; a component's is that of what is inside. */
export function statesOf(
  graph: Graph,
  nodes: readonly { id: string; state: RunState }[],
): ReadonlyMap<string, RunState> {
  const states = new Map<string, RunState>();
  for (const { id, state } of nodes) {
    const outer = id.split("/")[0] ?? id;
    const before = states.get(outer);
    if (before === undefined || URGENCY.indexOf(state) < URGENCY.indexOf(before)) {
      states.set(outer, state);
    }
  }
  return new Map((graph.nodes ?? []).map(({ id }) => [id, states.get(id) ?? "pending"]));
}
