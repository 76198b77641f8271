import {
  type EdgeChange,
  type NodeChange,
  type NodePositionChange,
  useReactFlow,
  useStoreApi,
} from "@xyflow/react";
import { useRef } from "react";
import { useEditorActions, useEditorStore } from "@/editor/EditorContext";
import type { Edit, EditorState } from "@/editor/types";
import { setNote } from "@/graph/groups";
import {
  type CanvasEdge,
  type CanvasNode,
  extraId,
  GROUP_MARGIN,
  GROUP_TITLE,
  groupKey,
  isExtraKey,
} from "./flowElements";
import { type Box, boxAround, type Point, type Size } from "./geometry";
import { snap } from "./guides";
import { type Scene, sceneBox, sceneBoxes, useSceneAccess } from "./scene";
import { useSteady } from "./useSteady";
import { show, useCanvasView } from "./view";

/** Pixels of the screen within which another node attracts. */
const REACH = 6;

/** What React Flow's changes mean: moving with guides, selecting. */
export function useMoving() {
  const { scene } = useSceneAccess();
  const flow = useReactFlow<CanvasNode, CanvasEdge>();
  const inner = useStoreApi();
  const store = useEditorStore();
  const actions = useEditorActions();

  const pending = useRef<readonly NodePositionChange[]>([]);

  const move = () => {
    const changes = pending.current;
    pending.current = [];
    const wanted = wantedPlaces(changes, scene.current, store.getState());
    const moved = boxAround(boxesAt(wanted, scene.current, store.getState()));
    if (moved === null) {
      return;
    }
    const others = sceneBoxes(scene.current).filter(({ id }) => !wanted.has(id));
    const seen = inner.getState();
    const near = others.filter((box) => isNear(box, moved, seen, flow.getZoom()));
    const { position, guides } = snap(moved, near, REACH / flow.getZoom());
    const shift = { x: position.x - moved.x, y: position.y - moved.y };
    show({ moving: shifted(wanted, shift), guides });
  };

  const onNodesChange = (changes: NodeChange<CanvasNode>[]) => {
    const positions = changes.filter((change) => change.type === "position");
    const dragged = positions.filter((change) => change.dragging && change.position);
    if (dragged.length > 0 && store.getState().mayEdit) {
      if (pending.current.length === 0) {
        requestAnimationFrame(move); // the pointer may move more often than is drawn
      }
      pending.current = dragged;
    }
    for (const change of changes) {
      if (change.type === "dimensions" && change.resizing && change.dimensions) {
        const sizing = new Map<string, Size>(useCanvasView.getState().sizing);
        show({ sizing: sizing.set(change.id, change.dimensions) });
      } else if (change.type === "dimensions" && change.resizing === false) {
        show({ sizing: new Map() });
      }
    }
    applySelection(changes, store.getState().selection, actions.select);
  };

  const onEdgesChange = (changes: EdgeChange<CanvasEdge>[]) => {
    if (inner.getState().userSelectionActive) {
      return; // a frame is for nodes
    }
    const selectedEdges = new Set(useCanvasView.getState().selectedEdges);
    for (const change of changes) {
      if (change.type === "select") {
        selectedEdges[change.selected ? "add" : "delete"](change.id);
      }
    }
    show({ selectedEdges });
  };

  const drop = () => {
    move();
    const { moving } = useCanvasView.getState();
    const edits = moveEdits(moving, store.getState(), useCanvasView.getState().places);
    if (edits.length > 0) {
      actions.edit(edits);
    }
    show({ moving: new Map(), guides: [] });
  };

  return useSteady({ onNodesChange, onEdgesChange, drop });
}

/** The edits that put nodes and notes at new places. Nodes the file did not place get their places written too. */
function moveEdits(
  moving: ReadonlyMap<string, Point>,
  { layout, graph, canvas }: Pick<EditorState, "layout" | "graph" | "canvas">,
  places: ReadonlyMap<string, Point>,
): Edit[] {
  const edits: Edit[] = [];
  for (const [key, { x, y }] of moving) {
    const note = canvas.notes.find(({ id }) => isExtraKey(key) && id === extraId(key));
    if (note !== undefined) {
      edits.push(setNote({ ...note, x, y }));
    } else if (!isExtraKey(key)) {
      edits.push({ kind: "move_node", node: key, x, y });
    }
  }
  if (edits.length === 0) {
    return [];
  }
  for (const { id } of graph?.nodes ?? []) {
    const place = places.get(id);
    if (place !== undefined && layout[id] === undefined && !moving.has(id)) {
      edits.push({ kind: "move_node", node: id, ...place });
    }
  }
  return edits;
}

/** Where things would go without guides; a group takes its nodes along. */
function wantedPlaces(
  changes: readonly NodePositionChange[],
  scene: Scene,
  { canvas, layout }: EditorState,
): Map<string, Point> {
  const wanted = new Map<string, Point>();
  const { places } = useCanvasView.getState();
  const still = { ...scene, layout };
  const home = (id: string): Point => layout[id] ?? places.get(id) ?? { x: 0, y: 0 };
  for (const { id, position } of changes) {
    const group = canvas.groups.find((each) => groupKey(each.id) === id);
    if (position === undefined) {
      continue;
    }
    if (group === undefined) {
      wanted.set(id, position);
      continue;
    }
    const members = group.nodes.filter((node) => scene.views.has(node));
    const inner = boxAround(members.map((node) => ({ ...home(node), ...sizeOf(still, node) })));
    for (const node of inner === null ? [] : members) {
      const { x, y } = home(node);
      const left = (inner?.x ?? 0) - GROUP_MARGIN;
      const top = (inner?.y ?? 0) - GROUP_MARGIN - GROUP_TITLE;
      wanted.set(node, { x: x + position.x - left, y: y + position.y - top });
    }
  }
  return wanted;
}

function sizeOf(scene: Scene, id: string): Size {
  const { width = 0, height = 0 } = sceneBox(scene, id) ?? {};
  return { width, height };
}

function* boxesAt(
  wanted: ReadonlyMap<string, Point>,
  scene: Scene,
  { canvas }: EditorState,
): Iterable<Box> {
  for (const [key, place] of wanted) {
    const note = canvas.notes.find(({ id }) => isExtraKey(key) && id === extraId(key));
    const { width, height } = note ?? sizeOf(scene, key);
    yield { ...place, width, height };
  }
}

/** Only what can be seen together with the moved box attracts it. */
function isNear(box: Box, moved: Box, seen: Size, zoom: number): boolean {
  return (
    Math.abs(box.x - moved.x) < seen.width / zoom && Math.abs(box.y - moved.y) < seen.height / zoom
  );
}

function shifted(places: ReadonlyMap<string, Point>, { x, y }: Point): Map<string, Point> {
  return new Map([...places].map(([id, place]) => [id, { x: place.x + x, y: place.y + y }]));
}

function applySelection(
  changes: readonly NodeChange<CanvasNode>[],
  selection: ReadonlySet<string>,
  select: (nodes: Iterable<string>) => void,
): void {
  const picked = changes.filter((change) => change.type === "select");
  if (picked.length === 0) {
    return;
  }
  const nodes = new Set(selection);
  const extras = new Set(useCanvasView.getState().selectedExtras);
  for (const { id, selected } of picked) {
    (isExtraKey(id) ? extras : nodes)[selected ? "add" : "delete"](id);
  }
  if (nodes.size !== selection.size || [...nodes].some((id) => !selection.has(id))) {
    select(nodes);
  }
  show({ selectedExtras: extras });
}
