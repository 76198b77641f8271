/** What is seen of the canvas and of the panels around it. Nothing here is part of the document. */
import { create } from "zustand";
import type { Endpoint } from "@/graph/connecting";
import type { DroppedFile } from "./droppedFile";
import type { Point, Size } from "./geometry";
import type { Guide } from "./guides";

export type Side = "input" | "output";

/** A port from which a connection is being dragged or was dropped on nothing. */
export interface LooseEnd extends Endpoint {
  side: Side;
  type: string;
}

/** Where to look for an operator, and what it must be connected with. */
export interface SearchRequest {
  screen: Point;
  canvas: Point;
  from: LooseEnd | null;
}

export type MenuTarget =
  | { kind: "canvas"; canvas: Point }
  | { kind: "nodes"; nodes: readonly string[] }
  | { kind: "edge"; edge: string }
  | { kind: "group"; group: string };

export interface MenuRequest {
  screen: Point;
  target: MenuTarget;
}

/** A connection being dragged: the ports it could end at. */
export interface Connecting {
  end: LooseEnd;
  /** Keys of `portKey`. */
  compatible: ReadonlySet<string>;
}

/** Two ports that do not fit, where an operator between them could help. */
export interface AdapterOffer {
  screen: Point;
  canvas: Point;
  source: Endpoint;
  target: Endpoint;
}

/** A port the pointer is over. */
export interface PortTip {
  name: string;
  type: string;
  help: string;
  problem: string | null;
  side: Side;
  isRequired: boolean;
  isMany: boolean;
  screen: Point;
}

export type Prompt =
  | { kind: "rename"; node: string }
  | { kind: "note"; node: string }
  | { kind: "why"; node: string }
  | { kind: "groupTitle"; group: string }
  | { kind: "component"; nodes: readonly string[] }
  | { kind: "reuse"; node: string }
  | { kind: "help" };

/** How much of a node can be read at the present zoom. */
export type Detail = "low" | "middle" | "high";

export interface Panels {
  isPaletteOpen: boolean;
  isInspectorOpen: boolean;
  inspectorWidth: number;
  isTextOpen: boolean;
  textWidth: number;
}

interface CanvasView extends Panels {
  detail: Detail;
  /** Positions while something is being moved; written into the document when it is dropped. */
  moving: ReadonlyMap<string, Point>;
  /** Sizes of notes while they are being resized. */
  sizing: ReadonlyMap<string, Size>;
  /** Places of nodes that the file does not place; kept while the pipeline is open. */
  places: ReadonlyMap<string, Point>;
  guides: readonly Guide[];
  selectedEdges: ReadonlySet<string>;
  /** Selected notes and groups. */
  selectedExtras: ReadonlySet<string>;
  search: SearchRequest | null;
  menu: MenuRequest | null;
  connecting: Connecting | null;
  offer: AdapterOffer | null;
  tip: PortTip | null;
  prompt: Prompt | null;
  /** A file that was dropped, while it is asked what to do with it. */
  dropped: { at: Point; file: DroppedFile } | null;
}

const PANELS_KEY = "netloom.canvas.panels";

/** On narrower windows the canvas needs the room more than the palette. */
const ROOMY_PX = 1200;

const USUAL_PANELS: Panels = {
  isPaletteOpen: window.innerWidth >= ROOMY_PX,
  isInspectorOpen: true,
  inspectorWidth: window.innerWidth >= ROOMY_PX ? 360 : 320,
  isTextOpen: false,
  textWidth: 480,
};

function storedPanels(): Panels {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(PANELS_KEY) ?? "{}");
    return { ...USUAL_PANELS, ...(stored as Partial<Panels>) };
  } catch {
    return USUAL_PANELS;
  }
}

const NOTHING_OPEN = {
  moving: new Map<string, Point>(),
  sizing: new Map<string, Size>(),
  places: new Map<string, Point>(),
  guides: [],
  selectedEdges: new Set<string>(),
  selectedExtras: new Set<string>(),
  search: null,
  menu: null,
  connecting: null,
  offer: null,
  tip: null,
  prompt: null,
  dropped: null,
} satisfies Partial<CanvasView>;

export const useCanvasView = create<CanvasView>(() => ({
  ...storedPanels(),
  ...NOTHING_OPEN,
  detail: "high",
}));

/** Change what is seen. */
export const show = useCanvasView.setState;

/** Open, close or resize panels; kept for the next visit. */
export function showPanels(panels: Partial<Panels>): void {
  show(panels);
  const view = useCanvasView.getState();
  const kept: Panels = {
    isPaletteOpen: view.isPaletteOpen,
    isInspectorOpen: view.isInspectorOpen,
    inspectorWidth: view.inspectorWidth,
    isTextOpen: view.isTextOpen,
    textWidth: view.textWidth,
  };
  localStorage.setItem(PANELS_KEY, JSON.stringify(kept));
}

/** Close whatever lies over the canvas; true if something did. */
export function closeOverlays(): boolean {
  const { search, menu, offer, prompt } = useCanvasView.getState();
  show({ search: null, menu: null, offer: null, prompt: null });
  return search !== null || menu !== null || offer !== null || prompt !== null;
}

/** Another pipeline is opened: nothing of the last one stays. */
export function resetView(): void {
  show(NOTHING_OPEN);
}

/** Nothing but nodes is selected any more. */
export function resetSelection(): void {
  show({ selectedEdges: new Set(), selectedExtras: new Set() });
}

/** Below, texts of 12 px cannot be read: nodes show their title alone, in large letters. */
const LOW_DETAIL_ZOOM = 0.4;
/** From here on ports have their names beside them. */
const HIGH_DETAIL_ZOOM = 0.7;

export function detailAt(zoom: number): Detail {
  if (zoom < LOW_DETAIL_ZOOM) {
    return "low";
  }
  return zoom < HIGH_DETAIL_ZOOM ? "middle" : "high";
}

export const portKey = (node: string, side: Side, port: string): string =>
  `${node}\u0000${side}\u0000${port}`;
