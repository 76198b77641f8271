import { useReactFlow, useStoreApi, type Viewport } from "@xyflow/react";
import { useCallback, useEffect, useRef, useState } from "react";
import { useEditor } from "@/editor/EditorContext";
import { type Box, boxAround, type Size } from "./geometry";
import { sceneBoxes, useSceneAccess } from "./scene";
import { detailAt, show } from "./view";

const MARGIN = 32;
/** What does not fit at this zoom opens at its beginning instead, large enough to be read. */
const SMALLEST_FITTING_ZOOM = 0.45;
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
      const boxes = sceneBoxes(scene.current);
      const seen = surface.current?.getBoundingClientRect();
      if (seen !== undefined) {
        isFitted.current = true;
        flow.setViewport(viewportFor(boxes, seen));
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

/** The viewport that shows boxes: all of them in the middle, or where they begin if they are too many to be read. */
export function viewportFor(boxes: readonly Box[], seen: Size): Viewport {
  const around = boxAround(boxes) ?? { x: 0, y: 0, width: 1, height: 1 };
  const fitting = Math.min(
    (seen.width - 2 * MARGIN) / around.width,
    (seen.height - 2 * MARGIN) / around.height,
  );
  const zoom = fitting < SMALLEST_FITTING_ZOOM ? READING_ZOOM : Math.min(1, fitting);
  const place = (start: number, size: number, room: number) => {
    const free = room - size * zoom;
    return (free > 2 * MARGIN ? free / 2 : MARGIN) - start * zoom;
  };
  const top = place(around.y, around.height, seen.height);
  const first = boxes.find(({ x }) => x === around.x);
  const isTall = around.height * zoom > seen.height;
  return {
    x: place(around.x, around.width, seen.width),
    y: isTall && first ? Math.min(top, seen.height / 3 - first.y * zoom) : top,
    zoom,
  };
}

/** Sizes and ports are known (`geometry.ts`): React Flow need not measure what it has drawn. */
function useKnownSizes(): void {
  const store = useStoreApi();
  useState(() => store.setState({ updateNodeInternals: () => {} }));
}
