import { useComputedColorScheme } from "@mantine/core";
import { type ReactFlowState, useReactFlow, useStore } from "@xyflow/react";
import { type PointerEvent, useEffect, useMemo, useRef } from "react";
import { useTranslation } from "react-i18next";
import { STATE_LOOKS } from "@/ui/states";
import type { CanvasNode } from "./flowElements";
import type { Box } from "./geometry";
import { type Mapping, mappingOf, offMap, onMap } from "./mapping";
import classes from "./NodeMap.module.css";
import { useCalm } from "./useCalm";

const SIZE = { width: 200, height: 150 };
/** What a turn of the wheel by one pixel does to the zoom. */
const WHEEL_ZOOM = 0.002;
/** What is being dragged is painted anew when it rests. */
const PAUSE_MS = 120;

/**
 * A map of the pipeline: where its nodes are, the colours of their states, and the part that is in view.
 *
 * Painted on one surface: as elements, a thousand nodes would cost more here than on the canvas.
 */
export function NodeMap({ nodes: present }: { nodes: readonly CanvasNode[] }) {
  const { t } = useTranslation("canvas");
  const nodes = useCalm(present, PAUSE_MS);
  const mapping = useMemo(() => mappingOf(nodes.map(boxOf), SIZE), [nodes]);
  const moves = useMoves(mapping);
  return (
    <div className={classes.map} role="img" aria-label={t("map")} data-testid="map" {...moves}>
      <Painting nodes={nodes} mapping={mapping} />
      <Frame mapping={mapping} />
    </div>
  );
}

function boxOf({ position, measured }: CanvasNode): Box {
  return { ...position, width: measured?.width ?? 0, height: measured?.height ?? 0 };
}

function Painting({ nodes, mapping }: { nodes: readonly CanvasNode[]; mapping: Mapping }) {
  const surface = useRef<HTMLCanvasElement>(null);
  const scheme = useComputedColorScheme("light");
  // biome-ignore lint/correctness/useExhaustiveDependencies: colours are read anew when the scheme changes
  useEffect(() => {
    const painted = surface.current?.getContext("2d") ?? null;
    if (painted !== null && surface.current !== null) {
      const ratio = window.devicePixelRatio;
      surface.current.width = SIZE.width * ratio;
      surface.current.height = SIZE.height * ratio;
      painted.scale(ratio, ratio);
      paint(painted, nodes, mapping, getComputedStyle(surface.current));
    }
  }, [nodes, mapping, scheme]);
  return <canvas ref={surface} style={SIZE} />;
}

function paint(
  painted: CanvasRenderingContext2D,
  nodes: readonly CanvasNode[],
  mapping: Mapping,
  style: CSSStyleDeclaration,
): void {
  const colours = new Map<string, string>();
  for (const node of nodes) {
    const token = colourOf(node);
    const colour = colours.get(token) ?? style.getPropertyValue(token);
    colours.set(token, colour);
    painted.fillStyle = colour;
    const { x, y, width, height } = onMap(mapping, boxOf(node));
    painted.fillRect(x, y, Math.max(width, 1), Math.max(height, 1));
  }
}

/** Name of the token whose colour a node has. */
function colourOf(node: CanvasNode): string {
  if (node.type !== "operator") {
    return "--nl-line";
  }
  const { state } = node.data;
  return state === null ? "--nl-line-strong" : STATE_LOOKS[state].colour.slice("var(".length, -1);
}

const viewOf = ({ transform: [x, y, zoom], width, height }: ReactFlowState): Box => ({
  x: -x / zoom,
  y: -y / zoom,
  width: width / zoom,
  height: height / zoom,
});
const isSameBox = (one: Box, other: Box) =>
  one.x === other.x &&
  one.y === other.y &&
  one.width === other.width &&
  one.height === other.height;

function Frame({ mapping }: { mapping: Mapping }) {
  const { x, y, width, height } = onMap(mapping, useStore(viewOf, isSameBox));
  return (
    <div
      className={classes.frame}
      style={{ transform: `translate(${x}px, ${y}px)`, width, height }}
    />
  );
}

/** Pressing and dragging looks there, turning the wheel zooms. */
function useMoves(mapping: Mapping) {
  const flow = useReactFlow();
  const look = (event: PointerEvent<HTMLElement>) => {
    const { left, top } = event.currentTarget.getBoundingClientRect();
    const point = offMap(mapping, { x: event.clientX - left, y: event.clientY - top });
    void flow.setCenter(point.x, point.y, { zoom: flow.getZoom() });
  };
  return {
    onPointerDown: (event: PointerEvent<HTMLElement>) => {
      if (event.button === 0) {
        event.currentTarget.setPointerCapture(event.pointerId);
        look(event);
      }
    },
    onPointerMove: (event: PointerEvent<HTMLElement>) => {
      if (event.currentTarget.hasPointerCapture(event.pointerId)) {
        look(event);
      }
    },
    onWheel: ({ deltaY }: { deltaY: number }) =>
      void flow.zoomTo(flow.getZoom() * 2 ** (-deltaY * WHEEL_ZOOM)),
  };
}
