/** A small picture of a graph: where its nodes and lines go. Positions of the file, else columns by depth. */
import type { Schemas } from "@/api/client";

type SketchedNode = Pick<Schemas["Node"], "id" | "op" | "inputs">;

/** As much of a sketch as a picture needs. */
interface Sketch extends Pick<Schemas["Sketch"], "layout" | "wired"> {
  graph: { nodes: readonly SketchedNode[] } | null;
}

export interface MiniatureNode {
  id: string;
  operator: string;
  /** Of the centre, in the picture's units. */
  x: number;
  y: number;
}

export interface Miniature {
  nodes: MiniatureNode[];
  lines: { id: string; path: string }[];
}

export interface Size {
  width: number;
  height: number;
}

/** Size of a node in the picture. */
export const MARK: Size = { width: 26, height: 12 };

const MARGIN = 6;

/** Where everything goes in a picture of a size. */
export function miniatureOf(sketch: Sketch, size: Size): Miniature {
  const given = sketch.graph?.nodes ?? [];
  const links = linksOf(sketch);
  const written = writtenPlaces(sketch.layout);
  const places = given.every(({ id }) => written.has(id)) ? written : columns(given, links);
  const toPicture = fitting(
    given.flatMap(({ id }) => places.get(id) ?? []),
    size,
  );
  const nodes = given.map(({ id, op }) => ({
    id,
    operator: op,
    ...toPicture(places.get(id) ?? { x: 0, y: 0 }),
  }));
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const lines = links.flatMap(({ from, to }) => {
    const [start, end] = [byId.get(from), byId.get(to)];
    return start && end ? [{ id: `${from}>${to}`, path: curve(start, end) }] : [];
  });
  return { nodes, lines };
}

interface Place {
  x: number;
  y: number;
}

interface Link {
  from: string;
  to: string;
}

function linksOf({ graph, wired }: Sketch): Link[] {
  const links = new Map<string, Link>();
  const add = (source: string, to: string) => {
    const from = source.split(".")[0] ?? source;
    links.set(`${from}>${to}`, { from, to });
  };
  for (const { id, inputs } of graph?.nodes ?? []) {
    for (const source of Object.values(inputs ?? {}).flat()) {
      add(source, id);
    }
  }
  for (const { source, node } of wired) {
    add(source, node);
  }
  return [...links.values()];
}

function writtenPlaces(layout: Sketch["layout"]): Map<string, Place> {
  const places = new Map<string, Place>();
  for (const [id, place] of Object.entries(layout) as [string, unknown][]) {
    if (Array.isArray(place) && typeof place[0] === "number" && typeof place[1] === "number") {
      places.set(id, { x: place[0], y: place[1] });
    }
  }
  return places;
}

/** Columns by the longest way from a source; in a column nodes stand by the mean height of what they take from. */
function columns(nodes: readonly { id: string }[], links: readonly Link[]): Map<string, Place> {
  const depth = new Map(nodes.map(({ id }) => [id, 0]));
  // As many rounds as the longest way can have; a cycle of a broken draft ends there, too.
  for (let round = 0; round < nodes.length; round += 1) {
    let isSettled = true;
    for (const { from, to } of links) {
      const least = (depth.get(from) ?? 0) + 1;
      if ((depth.get(to) ?? 0) < least && least < nodes.length) {
        depth.set(to, least);
        isSettled = false;
      }
    }
    if (isSettled) {
      break;
    }
  }
  const places = new Map<string, Place>();
  const last = Math.max(0, ...depth.values());
  for (let x = 0; x <= last; x += 1) {
    const column = nodes
      .filter(({ id }) => depth.get(id) === x)
      .map(({ id }) => ({ id, wish: meanHeight(id, links, places) }))
      .sort((a, b) => a.wish - b.wish);
    column.forEach(({ id }, row) => {
      places.set(id, { x, y: row - (column.length - 1) / 2 });
    });
  }
  return places;
}

function meanHeight(
  id: string,
  links: readonly Link[],
  places: ReadonlyMap<string, Place>,
): number {
  const heights = links
    .filter(({ to }) => to === id)
    .flatMap(({ from }) => places.get(from)?.y ?? []);
  return heights.reduce((sum, y) => sum + y, 0) / Math.max(1, heights.length);
}

/** From places anywhere to the picture: as large as it can be, in the middle where one direction is not used. */
function fitting(places: readonly Place[], size: Size): (place: Place) => Place {
  const along = (values: number[], room: number, mark: number) => {
    const [low, high] = [Math.min(...values), Math.max(...values)];
    const free = room - mark - 2 * MARGIN;
    const scale = high > low ? Math.min(free / (high - low), Number.POSITIVE_INFINITY) : 0;
    return (value: number) => (scale === 0 ? room / 2 : MARGIN + mark / 2 + (value - low) * scale);
  };
  const x = along(
    places.map((place) => place.x),
    size.width,
    MARK.width,
  );
  const y = along(
    places.map((place) => place.y),
    size.height,
    MARK.height,
  );
  return (place) => ({ x: x(place.x), y: y(place.y) });
}

function curve(start: Place, end: Place): string {
  const from = start.x + MARK.width / 2;
  const to = end.x - MARK.width / 2;
  const bend = Math.max(6, (to - from) / 2);
  const round = (value: number) => Math.round(value * 10) / 10;
  return `M${round(from)} ${round(start.y)}C${round(from + bend)} ${round(start.y)} ${round(to - bend)} ${round(end.y)} ${round(to)} ${round(end.y)}`;
}
