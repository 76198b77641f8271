/**
 * Neighbours in a column of a layout change places where connections then cross less.
 *
 * The automatic layout knows nodes, not ports: of `model` and `dataset` going into one node, the one that comes in
 * higher should stand higher.
 */
import type { Edge } from "./connecting";
import type { Box } from "./layout";

const MOST_ROUNDS = 4;

/** The boxes with fewer crossings; columns and the space they take stay the same. */
export function withPortsInOrder(boxes: readonly Box[], edges: readonly Edge[]): readonly Box[] {
  const placed = new Map(boxes.map((box) => [box.id, box]));
  const ends = endsOf(placed, edges);
  const columns = columnsOf(boxes);
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const swaps = columns.map((column) => swapInside(column, placed, ends));
    if (!swaps.includes(true)) {
      break;
    }
  }
  return boxes.map((box) => placed.get(box.id) ?? box);
}

/** The far end of a connection of a node. */
interface End {
  readonly node: string;
  /** How far down that node it is, from 0 to 1. */
  readonly share: number;
  readonly isInput: boolean;
}

function endsOf(
  placed: ReadonlyMap<string, Box>,
  edges: readonly Edge[],
): ReadonlyMap<string, readonly End[]> {
  const inner = edges.filter(
    ({ source, target }) => placed.has(source.node) && placed.has(target.node),
  );
  const into = new Map<string, number>();
  for (const { target } of inner) {
    into.set(target.node, (into.get(target.node) ?? 0) + 1);
  }
  const ends = new Map<string, End[]>([...placed.keys()].map((id) => [id, []]));
  const seen = new Map<string, number>();
  for (const { source, target } of inner) {
    const index = seen.get(target.node) ?? 0;
    seen.set(target.node, index + 1);
    const share = (index + 0.5) / (into.get(target.node) ?? 1);
    ends.get(source.node)?.push({ node: target.node, share, isInput: false });
    ends.get(target.node)?.push({ node: source.node, share: 0.5, isInput: true });
  }
  return ends;
}

function columnsOf(boxes: readonly Box[]): string[][] {
  const columns = new Map<number, Box[]>();
  for (const box of boxes) {
    const middle = Math.round(box.x + box.width / 2);
    columns.set(middle, [...(columns.get(middle) ?? []), box]);
  }
  return [...columns.values()].map((column) =>
    column.sort((one, other) => one.y - other.y).map((box) => box.id),
  );
}

function swapInside(
  column: string[],
  placed: Map<string, Box>,
  ends: ReadonlyMap<string, readonly End[]>,
): boolean {
  let isChanged = false;
  for (let index = 0; index + 1 < column.length; index++) {
    const upper = placed.get(column[index] ?? "");
    const lower = placed.get(column[index + 1] ?? "");
    if (upper === undefined || lower === undefined) {
      continue;
    }
    if (crossings(upper.id, lower.id, placed, ends) > crossings(lower.id, upper.id, placed, ends)) {
      placed.set(lower.id, { ...lower, y: upper.y });
      placed.set(upper.id, { ...upper, y: lower.y + lower.height - upper.height });
      column[index] = lower.id;
      column[index + 1] = upper.id;
      isChanged = true;
    }
  }
  return isChanged;
}

/** How often connections of two nodes cross if the first stands above the second. */
function crossings(
  above: string,
  below: string,
  placed: ReadonlyMap<string, Box>,
  ends: ReadonlyMap<string, readonly End[]>,
): number {
  let found = 0;
  const height = ({ node, share }: End) => {
    const box = placed.get(node);
    return box === undefined ? 0 : box.y + box.height * share;
  };
  for (const one of ends.get(above) ?? []) {
    for (const other of ends.get(below) ?? []) {
      if (one.isInput === other.isInput && height(one) > height(other)) {
        found += 1;
      }
    }
  }
  return found;
}
