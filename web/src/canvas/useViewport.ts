import { useReactFlow, useStoreApi, type Viewport } from "@xyflow/react";
import { useCallback, useEffect, useRef, useState } from "react";
import { useEditor } from "@/editor/EditorContext";
import { boxAround } from "./geometry";
import { sceneBoxes, useSceneAccess } from "./scene";
import { detailAt, show } from "./view";

const MARGIN = 40;
/** What does not fit at this zoom opens at its beginning instead, large enough to be read. */
const SMALLEST_FITTING_ZOOM = 0.5;
const READING_ZOOM = 0.75;

const keyOf = (pipeline: string) => `netloom.canvas.viewport.${pipeline}`;

function stored(pipeline: string): Viewport | null {
  try {
    return JSON.parse(sessionStorage.getItem(keyOf(pipeline)) ?? "null") as Viewport | null;
  } catch {
    return null;
  }
}

/** Where one looks: where one looked last, else at the whole pipeline if it can be read then. */
export function useViewport() {
  const pipeline = useEditor((state) => state.pipeline.id);
  const { scene, surface } = useSceneAccess();
  const flow = useReactFlow();
  const [known] = useState(() => stored(pipeline));
  const wasEmpty = useEditor((state) => (state.graph?.nodes.length ?? 0) === 0);
  // What is put on an empty canvas stays where it was put.
  const isFitted = useRef(known !== null || wasEmpty);
  useKnownSizes();

  const fitOnce = useCallback(() => {
    if (isFitted.current || scene.current.order.length === 0) {
      return;
    }
    requestAnimationFrame(() => {
      const around = boxAround(sceneBoxes(scene.current));
      const seen = surface.current?.getBoundingClientRect();
      if (around !== null && seen !== undefined) {
        isFitted.current = true;
        flow.setViewport(viewportFor(around, seen));
      }
    });
  }, [flow, scene, surface]);

  useEffect(() => {
    show({ detail: detailAt(flow.getZoom()) });
  }, [flow]);

  const remember = useCallback(
    (_: unknown, viewport: Viewport) =>
      sessionStorage.setItem(keyOf(pipeline), JSON.stringify(viewport)),
    [pipeline],
  );
  return { initial: known ?? { x: MARGIN, y: MARGIN, zoom: 1 }, remember, fitOnce };
}

interface Rectangle {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** The viewport that shows a rectangle: all of it in the middle, or its upper left corner if it is too large. */
export function viewportFor(around: Rectangle, seen: { width: number; height: number }): Viewport {
  const fitting = Math.min(
    (seen.width - 2 * MARGIN) / around.width,
    (seen.height - 2 * MARGIN) / around.height,
  );
  const zoom = fitting < SMALLEST_FITTING_ZOOM ? READING_ZOOM : Math.min(1, fitting);
  const place = (start: number, size: number, room: number) => {
    const free = room - size * zoom;
    return (free > 2 * MARGIN ? free / 2 : MARGIN) - start * zoom;
  };
  return {
    x: place(around.x, around.width, seen.width),
    y: place(around.y, around.height, seen.height),
    zoom,
  };
}

/** Sizes and ports are known (`geometry.ts`): React Flow need not measure what it has drawn. */
function useKnownSizes(): void {
  const store = useStoreApi();
  useState(() => store.setState({ updateNodeInternals: () => {} }));
}
