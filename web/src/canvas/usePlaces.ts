import { useEffect, useRef } from "react";
import { useEditor } from "@/editor/EditorContext";
import type { Graph } from "@/editor/types";
import { arrange } from "@/graph/layout";
import { nodeOf } from "@/graph/reading";
import { boxAround, type Point } from "./geometry";
import { roomyBoxes, sceneBoxes, useSceneAccess } from "./scene";
import { show, useCanvasView } from "./view";

const GAP = 80;

/** Places of nodes, also of those that have another id now: the same operator at the same place of the text. */
export function withRenamed(
  places: ReadonlyMap<string, Point>,
  before: Graph | null,
  now: Graph | null,
): ReadonlyMap<string, Point> {
  if (before === null || now === null || before === now) {
    return places;
  }
  const renamed = now.nodes.flatMap(({ id, op }, index) => {
    const old = before.nodes[index];
    const place = old && places.get(old.id);
    const isRenamed =
      old !== undefined && old.id !== id && old.op === op && nodeOf(now, old.id) === undefined;
    return isRenamed && place !== undefined && !places.has(id) ? [[id, place] as const] : [];
  });
  return renamed.length === 0 ? places : new Map([...places, ...renamed]);
}

/**
 * Gives places to nodes that the file does not place: below those that have one, laid out among themselves.
 *
 * They are written only when somebody moves a node: looking at a pipeline does not change it.
 */
export function usePlaces(onPlaced: () => void): void {
  const { scene } = useSceneAccess();
  const graph = useEditor((state) => state.graph);
  const layout = useEditor((state) => state.layout);
  const before = useRef<Graph | null>(null);
  useEffect(() => {
    const known = withRenamed(useCanvasView.getState().places, before.current, graph);
    before.current = graph ?? before.current;
    const isPlaced = (id: string) => layout[id] !== undefined || known.has(id);
    const missing = graph?.nodes.filter(({ id }) => !isPlaced(id)).map(({ id }) => id) ?? [];
    if (missing.length === 0) {
      show({ places: known });
      onPlaced();
      return;
    }
    const boxes = roomyBoxes(scene.current, missing).map((box) => ({ ...box, x: -1, y: -1 }));
    const others = scene.current.order.filter(isPlaced);
    const taken = boxAround(sceneBoxes(scene.current, others));
    const shift = taken === null ? { x: 0, y: 0 } : { x: taken.x, y: taken.y + taken.height + GAP };
    const places = new Map<string, Point>(known);
    for (const edit of arrange(boxes, scene.current.edges)) {
      if (edit.kind === "move_node") {
        places.set(edit.node, { x: edit.x + shift.x, y: edit.y + shift.y });
      }
    }
    show({ places });
    onPlaced();
  }, [graph, layout, scene, onPlaced]);
}
