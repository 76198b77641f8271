/** Going from node to node with the arrow keys: along connections, else to the nearest in that direction. */
import type { Edge } from "@/graph/connecting";
import type { Box } from "@/graph/layout";

export type Heading = "left" | "right" | "up" | "down";

const middle = ({ x, y, width, height }: Box) => ({ x: x + width / 2, y: y + height / 2 });

/** How far a box is in a direction; infinite if it is not there. Going sideways costs double. */
function distance(from: Box, to: Box, heading: Heading): number {
  const [start, end] = [middle(from), middle(to)];
  const [dx, dy] = [end.x - start.x, end.y - start.y];
  const [ahead, aside] = {
    left: [-dx, dy],
    right: [dx, dy],
    up: [-dy, dx],
    down: [dy, dx],
  }[heading] as [number, number];
  return ahead <= 0 ? Number.POSITIVE_INFINITY : ahead + 2 * Math.abs(aside);
}

function nearest(from: Box, boxes: readonly Box[], heading: Heading): string | null {
  let best: { id: string; far: number } | null = null;
  for (const box of boxes) {
    const far = box.id === from.id ? Number.POSITIVE_INFINITY : distance(from, box, heading);
    if (far < (best?.far ?? Number.POSITIVE_INFINITY)) {
      best = { id: box.id, far };
    }
  }
  return best?.id ?? null;
}

/** The node to go to; null if there is none that way. With no node to start from: the first. */
export function neighbourOf(
  from: string | null,
  heading: Heading,
  boxes: readonly Box[],
  edges: readonly Edge[],
): string | null {
  const start = boxes.find(({ id }) => id === from);
  if (start === undefined) {
    return boxes[0]?.id ?? null;
  }
  if (heading === "up" || heading === "down") {
    return nearest(start, boxes, heading);
  }
  const linked = edges.flatMap(({ source, target }) => {
    if (heading === "right") {
      return source.node === start.id ? [target.node] : [];
    }
    return target.node === start.id ? [source.node] : [];
  });
  const [first = null] = linked;
  const candidates = boxes.filter(({ id }) => linked.includes(id));
  return first === null
    ? nearest(start, boxes, heading)
    : (nearest(start, candidates, heading) ?? first);
}
