/** What a layered layout works on: things in columns, joined from left to right. */

/** A thing that takes room in a column. */
export interface Item {
  readonly height: number;
  readonly before: Joint[];
  readonly after: Joint[];
  /** Nothing but room for a connection that passes this column. */
  readonly isBend: boolean;
  /** Which column. */
  rank: number;
  /** Which place in the column, from above. */
  place: number;
  /** Upper rim. */
  y: number;
}

/** The far end of a connection. */
export interface Joint {
  readonly item: Item;
  /** How far down its target the connection goes in, from 0 to 1. */
  readonly share: number;
}

/** A connection between two things, by their positions in a list. */
export interface Link {
  readonly from: number;
  readonly to: number;
  readonly share: number;
}

/** Beyond so many bends long connections get no room of their own: looking for it would take seconds. */
const MOST_BENDS = 4_000;

function item(height: number, { rank = 0, isBend = false } = {}): Item {
  return { height, before: [], after: [], isBend, rank, place: 0, y: 0 };
}

function join(from: Item, to: Item, share: number): void {
  from.after.push({ item: to, share });
  to.before.push({ item: from, share });
}

/** Items of these heights, joined by links that form no cycle. */
export function joined(heights: readonly number[], links: readonly Link[]): readonly Item[] {
  const items = heights.map((height) => item(height));
  for (const { from, to, share } of links) {
    const [source, target] = [items[from], items[to]];
    if (source !== undefined && target !== undefined) {
      join(source, target, share);
    }
  }
  return items;
}

/**
 * The same items with bends, so that every joint leads to the next column; the bends come last.
 *
 * Connections out of one item share their bends: they are drawn close together anyway.
 */
export function withBends(items: readonly Item[]): readonly Item[] {
  const isBent = numBends(items) <= MOST_BENDS;
  const made = new Map(items.map((old) => [old, item(old.height, { rank: old.rank })]));
  const bends: Item[] = [];
  for (const [old, source] of made) {
    const chain = [source];
    for (const { item: target, share } of old.after) {
      const end = made.get(target);
      const span = target.rank - old.rank;
      if (end === undefined || (span > 1 && !isBent)) {
        continue;
      }
      for (let length = chain.length; length < span; length++) {
        const bend = item(0, { rank: old.rank + length, isBend: true });
        join(chain[length - 1] ?? source, bend, 0.5);
        chain.push(bend);
        bends.push(bend);
      }
      join(chain[span - 1] ?? source, end, share);
    }
  }
  return [...made.values(), ...bends];
}

function numBends(items: readonly Item[]): number {
  const longest = ({ rank, after }: Item) =>
    after.reduce((most, { item: target }) => Math.max(most, target.rank - rank - 1), 0);
  return items.reduce((sum, each) => sum + longest(each), 0);
}

/** Items by rank, each column in the order of its places. */
export function columnsOf(items: readonly Item[]): Item[][] {
  const columns: Item[][] = [];
  for (const each of items) {
    for (let rank = columns.length; rank <= each.rank; rank++) {
      columns.push([]);
    }
    columns[each.rank]?.push(each);
  }
  for (const column of columns) {
    column.sort((one, other) => one.place - other.place);
  }
  return columns;
}
