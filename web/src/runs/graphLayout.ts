/** A run's graph as boxes and lines, from left to right. */
import { graphlib, layout } from "@dagrejs/dagre";
import type { Schemas } from "@/api/client";
import type { RunState } from "@/ui/states";

type Graph = Schemas["Graph"];

export const BOX = { width: 168, height: 44 } as const;

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

/** Which nodes feed which: once each, however many ports are connected. */
export function edgesOf(graph: Graph): [string, string][] {
  const ids = new Set(graph.nodes?.map(({ id }) => id));
  const edges = new Map<string, [string, string]>();
  for (const node of graph.nodes ?? []) {
    for (const source of Object.values(node.inputs ?? {}).flat()) {
      const from = ids.has(source) ? source : source.slice(0, source.lastIndexOf("."));
      if (ids.has(from)) {
        edges.set(`${from}>${node.id}`, [from, node.id]);
      }
    }
  }
  return [...edges.values()];
}

/** Where everything goes. */
export function placedGraph(graph: Graph): PlacedGraph {
  const layered = new graphlib.Graph();
  layered.setGraph({ rankdir: "LR", nodesep: 16, ranksep: 48, marginx: 8, marginy: 8 });
  layered.setDefaultEdgeLabel(() => ({}));
  const nodes = graph.nodes ?? [];
  for (const { id } of nodes) {
    layered.setNode(id, { ...BOX });
  }
  const edges = edgesOf(graph);
  for (const [from, to] of edges) {
    layered.setEdge(from, to);
  }
  layout(layered);
  const corner = (id: string) => {
    const { x, y } = layered.node(id);
    return { x: x - BOX.width / 2, y: y - BOX.height / 2 };
  };
  const { width = 0, height = 0 } = layered.graph();
  return {
    nodes: nodes.map(({ id, op }) => ({ id, operator: op, ...corner(id) })),
    edges: edges.map(([from, to]) => ({
      id: `${from}>${to}`,
      from,
      to,
      path: curveBetween(corner(from), corner(to)),
    })),
    width: Number.isFinite(width) ? width : 0,
    height: Number.isFinite(height) ? height : 0,
  };
}

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
