/** What is on the canvas at the moment, for handlers of events: nodes with their boxes, and edges. */
import { createContext, type RefObject, useContext } from "react";
import type { Layout } from "@/editor/types";
import type { Edge } from "@/graph/connecting";
import type { Box as NamedBox } from "@/graph/layout";
import { boxOf } from "./flowElements";
import { type Box, LINE_HEIGHTS, type Point } from "./geometry";
import type { NodeView } from "./nodeView";
import { useCanvasView } from "./view";

export interface Scene {
  /** Ids of nodes, each after what it depends on. */
  order: readonly string[];
  views: ReadonlyMap<string, NodeView>;
  edges: readonly Edge[];
  layout: Layout;
}

export const EMPTY_SCENE: Scene = { order: [], views: new Map(), edges: [], layout: {} };

/** The box of a node as it is seen; null if there is no such node. */
export function sceneBox(scene: Scene, id: string): Box | null {
  const view = scene.views.get(id);
  return view === undefined
    ? null
    : boxOf(id, view, { ...useCanvasView.getState(), layout: scene.layout });
}

/** The boxes of some nodes, of all if none are named. */
export function sceneBoxes(scene: Scene, ids: Iterable<string> = scene.order): NamedBox[] {
  return [...ids].flatMap((id) => {
    const box = sceneBox(scene, id);
    return box === null ? [] : [{ id, ...box }];
  });
}

/** The boxes of some nodes with room for what their first run adds to them, for laying out. */
export function roomyBoxes(scene: Scene, ids: Iterable<string> = scene.order): NamedBox[] {
  return sceneBoxes(scene, ids).map((box) => {
    const view = scene.views.get(box.id);
    return view === undefined ? box : { ...box, height: box.height + growthOf(view) };
  });
}

/** What the outputs will show below the ports. */
function growthOf({ isCollapsed, operator, run }: NodeView): number {
  if (isCollapsed || Object.keys(run?.outputs ?? {}).length > 0) {
    return 0;
  }
  return operator.outputs.reduce(
    (sum, { preview }) => sum + (preview === null ? 0 : LINE_HEIGHTS[preview]),
    0,
  );
}

/** What a scene holds by reference, so that reading it never draws anything again. */
export interface SceneAccess {
  scene: RefObject<Scene>;
  /** Where the pointer was last, on the screen; null before it came. */
  pointer: RefObject<Point | null>;
  /** The element of the canvas. */
  surface: RefObject<HTMLDivElement | null>;
}

export const SceneContext = createContext<SceneAccess | null>(null);

export function useSceneAccess(): SceneAccess {
  const access = useContext(SceneContext);
  if (access === null) {
    throw new Error("this needs a canvas around it");
  }
  return access;
}
