/** The graph as a picture (SVG), drawn from what is known of it: nothing is copied from the page. */
import { getBezierPath, Position } from "@xyflow/react";
import type { Edge } from "@/graph/connecting";
import { type Box, boxAround, HEADER_HEIGHT, portOffset } from "./geometry";
import { groupColour } from "./groupColours";
import type { NodeView } from "./nodeView";
import { MARK_PATHS, portLook } from "./ports";
import type { Side } from "./view";

export interface Drawn {
  views: ReadonlyMap<string, NodeView>;
  boxes: ReadonlyMap<string, Box>;
  edges: readonly Edge[];
  /** The value of a colour token; pictures know no tokens. */
  colour: (token: string) => string;
}

const MARGIN = 48;

/** An SVG document with all nodes and connections. */
export function drawSvg(drawn: Drawn): string {
  const around = boxAround(drawn.boxes.values()) ?? { x: 0, y: 0, width: 0, height: 0 };
  const width = around.width + 2 * MARGIN;
  const height = around.height + 2 * MARGIN;
  const parts = [
    ...drawn.edges.map((edge) => drawEdge(edge, drawn)),
    ...[...drawn.views].map(([id, view]) => drawNode(id, view, drawn)),
  ];
  const view = `${around.x - MARGIN} ${around.y - MARGIN} ${width} ${height}`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="${view}" width="${width}" height="${height}" font-family="system-ui, sans-serif">`,
    `<rect x="${around.x - MARGIN}" y="${around.y - MARGIN}" width="${width}" height="${height}" fill="${drawn.colour("var(--nl-ground)")}"/>`,
    ...parts,
    "</svg>",
  ].join("\n");
}

function drawNode(id: string, view: NodeView, drawn: Drawn): string {
  const { boxes, colour } = drawn;
  const box = boxes.get(id);
  if (box === undefined) {
    return "";
  }
  const { x, y, width, height } = box;
  const faint = colour("var(--nl-text-2)");
  const settings = view.lines.find((line) => line.kind === "text" && line.tone === "settings");
  const written = settings?.kind === "text" && !view.isCollapsed ? settings.text : "";
  return [
    view.node.bypass ? '<g opacity="0.5">' : "<g>",
    `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="6" fill="${colour("var(--nl-surface)")}" stroke="${colour("var(--nl-line-strong)")}"/>`,
    `<rect x="${x}" y="${y + 8}" width="3" height="26" fill="${colour(groupColour(view.operator.group))}"/>`,
    `<text x="${x + 12}" y="${y + 19}" font-size="13" font-weight="600" fill="${colour("var(--nl-text)")}">${escaped(id)}</text>`,
    `<text x="${x + 12}" y="${y + HEADER_HEIGHT - 8}" font-size="12" fill="${faint}">${escaped(view.operator.title)}</text>`,
    ...view.operator.inputs.map((port, row) => drawPort(port, row, "input", view, box, drawn)),
    ...view.operator.outputs.map((port, row) => drawPort(port, row, "output", view, box, drawn)),
    written &&
      `<text x="${x + 12}" y="${y + height - 14}" font-size="12" fill="${faint}">${escaped(cut(written))}</text>`,
    "</g>",
  ].join("");
}

const MOST_LETTERS = 36;
const cut = (text: string) =>
  text.length > MOST_LETTERS ? `${text.slice(0, MOST_LETTERS - 1)}…` : text;

function drawPort(
  { name, type }: { name: string; type: string },
  row: number,
  side: Side,
  view: NodeView,
  { x, y, width }: Box,
  { colour }: Drawn,
): string {
  const look = portLook(type);
  const isInput = side === "input";
  const at = y + portOffset(row, view.isCollapsed);
  const edge = isInput ? x : x + width;
  const mark = `<path d="${MARK_PATHS[look.mark]}" transform="translate(${edge - 6} ${at - 6})" fill="${colour(look.colour)}"/>`;
  const label = `<text x="${isInput ? edge + 14 : edge - 14}" y="${at + 4}" font-size="12" text-anchor="${isInput ? "start" : "end"}" fill="${colour("var(--nl-text-2)")}">${escaped(name)}</text>`;
  return view.isCollapsed ? mark : mark + label;
}

function drawEdge({ source, target, isWired }: Edge, { views, boxes, colour }: Drawn): string {
  const [from, to] = [views.get(source.node), views.get(target.node)];
  const [start, end] = [boxes.get(source.node), boxes.get(target.node)];
  const outRow = from?.operator.outputs.findIndex(({ name }) => name === source.port) ?? -1;
  const inRow = to?.operator.inputs.findIndex(({ name }) => name === target.port) ?? -1;
  if (!from || !to || !start || !end || outRow < 0 || inRow < 0) {
    return "";
  }
  const [path] = getBezierPath({
    sourceX: start.x + start.width,
    sourceY: start.y + portOffset(outRow, from.isCollapsed),
    sourcePosition: Position.Right,
    targetX: end.x,
    targetY: end.y + portOffset(inRow, to.isCollapsed),
    targetPosition: Position.Left,
  });
  const type = from.operator.outputs[outRow]?.type ?? "";
  const isAside = from.node.bypass || to.node.bypass;
  const dash = isAside ? ' stroke-dasharray="2 5"' : isWired ? ' stroke-dasharray="6 5"' : "";
  return `<path d="${path}" fill="none" stroke="${colour(portLook(type).colour)}" stroke-width="2"${dash}/>`;
}

const escaped = (text: string): string =>
  text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");

/** An SVG document as a PNG file of twice its size, drawn by the browser. */
export async function rasterised(svg: string): Promise<Blob> {
  const url = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    const canvas = document.createElement("canvas");
    const scale = Math.min(2, 16_000 / Math.max(image.width, image.height));
    canvas.width = image.width * scale;
    canvas.height = image.height * scale;
    canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise((resolve, reject) =>
      canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("no picture")))),
    );
  } finally {
    URL.revokeObjectURL(url);
  }
}
