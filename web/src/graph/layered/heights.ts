/** How far down things stand in their columns: connections level where they can be, nothing on top of another. */
import type { Item, Joint } from "./items";

const SWEEPS = 8;

/** How much it matters that a connection between two items is level. */
const LONG = 8;
const HALF_LONG = 2;
const SHORT = 1;
/** Items without neighbours on a side would rather stay where they are. */
const LOOSE = 0.05;

/** Sets `y` of all items; `gap` is the least room between two things in a column. */
export function settle(columns: readonly (readonly Item[])[], gap: number): void {
  const spaced = columns.map((column) => ({ column, offsets: offsetsOf(column, gap) }));
  for (const { column, offsets } of spaced) {
    place(
      column,
      offsets,
      column.map(() => ({ y: 0, weight: 1 })),
    );
  }
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const side = sweep % 2 === 0 ? "before" : "after";
    for (const { column, offsets } of side === "before" ? spaced : [...spaced].reverse()) {
      place(
        column,
        offsets,
        column.map((item) => wish(item, item[side])),
      );
    }
  }
}

/** Where items stand if all are as high as possible. */
function offsetsOf(column: readonly Item[], gap: number): readonly number[] {
  let next = 0;
  return column.map((item, place) => {
    const offset = next;
    const isLoose = item.isBend || column[place + 1]?.isBend === true;
    next += item.height + (isLoose ? gap / 2 : gap);
    return offset;
  });
}

/** Where an item would like to be. */
interface Wish {
  readonly y: number;
  readonly weight: number;
}

function wish(item: Item, joints: readonly Joint[]): Wish {
  if (joints.length === 0) {
    return { y: item.y, weight: LOOSE };
  }
  const heights = joints.map((joint) => joint.item.y).sort((one, other) => one - other);
  const middle = (heights.length - 1) / 2;
  const [upper, lower] = [heights[Math.floor(middle)] ?? 0, heights[Math.ceil(middle)] ?? 0];
  const bends = Number(item.isBend) + Number(joints.some((joint) => joint.item.isBend));
  return { y: (upper + lower) / 2, weight: [SHORT, HALF_LONG, LONG][bends] ?? SHORT };
}

/** Neighbours that touch and move together. */
interface Block {
  readonly first: number;
  /** Where the members would like the block to begin. */
  readonly wishes: readonly Wish[];
  readonly y: number;
}

/**
 * Gives a column the heights nearest to what its items wish, in their order and apart from each other.
 *
 * Blocks whose wishes overlap are joined and stand at the median of them (isotonic regression with absolute values), so
 * that at least one connection of every block is level.
 */
function place(column: readonly Item[], offsets: readonly number[], wishes: readonly Wish[]): void {
  const blocks: Block[] = [];
  wishes.forEach(({ y, weight }, first) => {
    let block: Block = blockOf(first, [{ y: y - (offsets[first] ?? 0), weight }]);
    for (let above = blocks.at(-1); above && above.y > block.y; above = blocks.at(-1)) {
      blocks.pop();
      block = blockOf(above.first, [...above.wishes, ...block.wishes]);
    }
    blocks.push(block);
  });
  blocks.forEach(({ first, y }, at) => {
    const end = blocks[at + 1]?.first ?? column.length;
    for (let index = first; index < end; index++) {
      const item = column[index];
      if (item !== undefined) {
        item.y = y + (offsets[index] ?? 0);
      }
    }
  });
}

function blockOf(first: number, wishes: readonly Wish[]): Block {
  return { first, wishes, y: median(wishes) };
}

/** The weighted median; the middle of two where the halves weigh the same. */
function median(wishes: readonly Wish[]): number {
  const sorted = [...wishes].sort((one, other) => one.y - other.y);
  const half = sorted.reduce((sum, { weight }) => sum + weight, 0) / 2;
  let weighed = 0;
  for (const [at, { y, weight }] of sorted.entries()) {
    weighed += weight;
    if (weighed > half) {
      return y;
    }
    if (weighed === half) {
      return (y + (sorted[at + 1]?.y ?? y)) / 2;
    }
  }
  return 0;
}
