/**
 * The document as React Flow wants it: nodes, notes and groups with known sizes and ports, and edges.
 *
 * Elements that did not change stay the same objects, so only what changed is drawn again.
 */
import { type Edge as FlowEdge, type Node as FlowNode, Position } from "@xyflow/react";
import type { CanvasExtras, Group, Layout, Note } from "@/editor/types";
import { partOf } from "@/graph/bypass";
import type { Edge } from "@/graph/connecting";
import { isIdle } from "@/graph/reuse";
import {
  type Box,
  boxAround,
  HANDLE_SIZE,
  MARK_RADIUS,
  type Point,
  portOffset,
  type Size,
} from "./geometry";
import type { NodeView } from "./nodeView";
import { portLook } from "./ports";

export type OperatorNode = FlowNode<NodeView, "operator">;
export type NoteNode = FlowNode<{ note: Note }, "note">;
export type GroupNode = FlowNode<{ group: Group }, "group">;
export type CanvasNode = OperatorNode | NoteNode | GroupNode;

export interface LinkData extends Record<string, unknown> {
  edge: Edge;
  colour: string;
  /** How it takes part in bypassing a node at one of its ends. */
  part: "passes" | "stops" | undefined;
}
export type CanvasEdge = FlowEdge<LinkData, "link">;

/** Ids of notes and groups among the ids of nodes: node ids have no colon. */
const noteKey = (id: string) => `note:${id}`;
export const groupKey = (id: string) => `group:${id}`;
export const isExtraKey = (key: string) => key.includes(":");
export const extraId = (key: string) => key.slice(key.indexOf(":") + 1);

/** Room between a group's rectangle and its nodes. */
export const GROUP_MARGIN = 24;
export const GROUP_TITLE = 28;

export interface Arrangement {
  order: readonly string[];
  views: ReadonlyMap<string, NodeView>;
  layout: Layout;
  canvas: CanvasExtras;
  moving: ReadonlyMap<string, Point>;
  sizing: ReadonlyMap<string, Size>;
  places: ReadonlyMap<string, Point>;
  selection: ReadonlySet<string>;
  selectedExtras: ReadonlySet<string>;
  mayEdit: boolean;
}

/** Where a node is: where it is dragged to, where the file says, or where it was put meanwhile. */
export function boxOf(
  id: string,
  view: NodeView,
  { layout, moving, places }: Pick<Arrangement, "layout" | "moving" | "places">,
): Box {
  const { x, y } = moving.get(id) ?? layout[id] ?? places.get(id) ?? { x: 0, y: 0 };
  return { x, y, width: view.width, height: view.height };
}

/** The rectangle of a group; null if none of its nodes exists. */
function groupBox(group: Group, arrangement: Arrangement): Box | null {
  const boxes = group.nodes.flatMap((id) => {
    const view = arrangement.views.get(id);
    return view === undefined ? [] : [boxOf(id, view, arrangement)];
  });
  const inner = boxAround(boxes);
  return (
    inner && {
      x: inner.x - GROUP_MARGIN,
      y: inner.y - GROUP_MARGIN - GROUP_TITLE,
      width: inner.width + 2 * GROUP_MARGIN,
      height: inner.height + 2 * GROUP_MARGIN + GROUP_TITLE,
    }
  );
}

interface Same {
  parts: readonly unknown[];
  element: CanvasNode;
}

/** A function that gives React Flow's nodes for an arrangement; it keeps those that did not change. */
export function createFlowNodes() {
  let last = new Map<string, Same>();
  return (arrangement: Arrangement): CanvasNode[] => {
    const next = new Map<string, Same>();
    const keep = (key: string, parts: readonly unknown[], make: () => CanvasNode) => {
      const before = last.get(key);
      const isSame = before?.parts.every((part, place) => part === parts[place]) ?? false;
      next.set(key, before !== undefined && isSame ? before : { parts, element: make() });
    };
    for (const group of arrangement.canvas.groups) {
      addGroup(group, arrangement, keep);
    }
    for (const note of arrangement.canvas.notes) {
      addNote(note, arrangement, keep);
    }
    for (const id of arrangement.order) {
      addOperator(id, arrangement, keep);
    }
    last = next;
    return [...next.values()].map(({ element }) => element);
  };
}

type Keep = (key: string, parts: readonly unknown[], make: () => CanvasNode) => void;

function hasPlace(id: string, { layout, moving, places }: Arrangement): boolean {
  return layout[id] !== undefined || moving.has(id) || places.has(id);
}

function addOperator(id: string, arrangement: Arrangement, keep: Keep): void {
  const view = arrangement.views.get(id);
  if (view === undefined || !hasPlace(id, arrangement)) {
    return;
  }
  const { x, y } = boxOf(id, view, arrangement);
  const selected = arrangement.selection.has(id);
  keep(id, [x, y, view, selected, arrangement.mayEdit], () => ({
    id,
    type: "operator",
    ariaLabel: `${id}, ${view.operator.title}`,
    position: { x, y },
    data: view,
    selected,
    draggable: arrangement.mayEdit,
    connectable: arrangement.mayEdit,
    ...sized(view),
    handles: handlesOf(view),
    zIndex: 1,
  }));
}

function addNote(note: Note, arrangement: Arrangement, keep: Keep): void {
  const key = noteKey(note.id);
  const { x, y } = arrangement.moving.get(key) ?? note;
  const { width, height } = arrangement.sizing.get(key) ?? note;
  const selected = arrangement.selectedExtras.has(key);
  keep(key, [x, y, width, height, note, selected, arrangement.mayEdit], () => ({
    id: key,
    type: "note",
    position: { x, y },
    data: { note },
    selected,
    draggable: arrangement.mayEdit,
    connectable: false,
    ...sized({ width, height }),
    zIndex: 0,
  }));
}

function addGroup(group: Group, arrangement: Arrangement, keep: Keep): void {
  const key = groupKey(group.id);
  const box = groupBox(group, arrangement);
  if (box === null) {
    return;
  }
  const { x, y } = box;
  const selected = arrangement.selectedExtras.has(key);
  keep(key, [x, y, box.width, box.height, group, selected, arrangement.mayEdit], () => ({
    id: key,
    type: "group",
    position: { x, y },
    data: { group },
    selected,
    draggable: arrangement.mayEdit,
    connectable: false,
    focusable: false,
    dragHandle: ".nl-group-title",
    ...sized(box),
    style: { pointerEvents: "none" },
    zIndex: -1,
  }));
}

const sized = ({ width, height }: { width: number; height: number }) => ({
  width,
  height,
  measured: { width, height },
});

function handlesOf(view: NodeView): NonNullable<FlowNode["handles"]> {
  const half = HANDLE_SIZE / 2;
  const size = { width: 2 * MARK_RADIUS, height: HANDLE_SIZE };
  return [
    ...view.operator.inputs.map(({ name }, row) => ({
      id: name,
      type: "target" as const,
      position: Position.Left,
      x: -MARK_RADIUS,
      y: portOffset(row, view.isCollapsed) - half,
      ...size,
    })),
    ...view.operator.outputs.map(({ name }, row) => ({
      id: name,
      type: "source" as const,
      position: Position.Right,
      x: view.width - MARK_RADIUS,
      y: portOffset(row, view.isCollapsed) - half,
      ...size,
    })),
  ];
}

/** A function that gives React Flow's edges; it keeps those that did not change. */
export function createFlowEdges() {
  let last = new Map<string, CanvasEdge>();
  return (
    edges: readonly Edge[],
    views: ReadonlyMap<string, NodeView>,
    selected: ReadonlySet<string>,
  ): CanvasEdge[] => {
    const next = new Map<string, CanvasEdge>();
    for (const edge of edges) {
      if (!canBeDrawn(edge, views)) {
        continue;
      }
      const isSelected = selected.has(edge.id);
      const before = last.get(edge.id);
      const part =
        partOf(edge, (node) => views.get(node)?.passages ?? null) ??
        (isIdle(edge, (node) => views.get(node)?.standIn ?? null) ? "stops" : undefined);
      const isSame =
        before?.selected === isSelected &&
        before.data?.edge.isWired === edge.isWired &&
        before.data.part === part;
      next.set(edge.id, isSame && before ? before : flowEdge(edge, views, part, isSelected));
    }
    last = next;
    return [...next.values()];
  };
}

/** A connection that names a port its node does not have is shown as a diagnostic instead. */
function canBeDrawn({ source, target }: Edge, views: ReadonlyMap<string, NodeView>): boolean {
  return (
    (views.get(source.node)?.operator.outputs.some(({ name }) => name === source.port) ?? false) &&
    (views.get(target.node)?.operator.inputs.some(({ name }) => name === target.port) ?? false)
  );
}

function flowEdge(
  edge: Edge,
  views: ReadonlyMap<string, NodeView>,
  part: LinkData["part"],
  selected: boolean,
): CanvasEdge {
  const outputs = views.get(edge.source.node)?.operator.outputs ?? [];
  const type = outputs.find(({ name }) => name === edge.source.port)?.type ?? "";
  return {
    id: edge.id,
    type: "link",
    source: edge.source.node,
    sourceHandle: edge.source.port,
    target: edge.target.node,
    targetHandle: edge.target.port,
    selected,
    selectable: !edge.isWired,
    reconnectable: edge.isWired ? false : "target",
    data: { edge, colour: portLook(type).colour, part },
  };
}
