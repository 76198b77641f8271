/** The order of things in their columns: such that connections cross seldom. */
import { columnsOf, type Item, type Joint } from "./items";

const MOST_SWEEPS = 16;
/** So many sweeps in a row without a better order, and there is none to be found. */
const PATIENCE = 4;
const MOST_EXCHANGES = 4;

/** Gives items their places. The order they come in decides where nothing else does. */
export function order(items: readonly Item[]): void {
  begin(items);
  const columns = columnsOf(items);
  let best = keep(columns);
  let fewest = crossings(columns);
  for (let sweep = 0, idle = 0; sweep < MOST_SWEEPS && idle < PATIENCE && fewest > 0; sweep++) {
    const isRightwards = sweep % 2 === 0;
    for (const column of isRightwards ? columns : [...columns].reverse()) {
      sortByNeighbours(column, isRightwards ? "before" : "after");
    }
    exchange(columns);
    const found = crossings(columns);
    idle = found < fewest ? 0 : idle + 1;
    if (found < fewest) {
      fewest = found;
      best = keep(columns);
    }
  }
  for (const [item, place] of best) {
    item.place = place;
  }
}

const keep = (columns: readonly (readonly Item[])[]): ReadonlyMap<Item, number> =>
  new Map(columns.flat().map((item) => [item, item.place]));

/** Each item next to what is connected with it: as a walk along the connections comes by. */
function begin(items: readonly Item[]): void {
  const taken: number[] = [];
  const seen = new Set<Item>();
  for (const root of items) {
    const open = root.before.length === 0 ? [root] : [];
    for (let item = open.pop(); item !== undefined; item = open.pop()) {
      if (!seen.has(item)) {
        seen.add(item);
        item.place = taken[item.rank] ?? 0;
        taken[item.rank] = item.place + 1;
        open.push(...item.after.map((joint) => joint.item).reverse());
      }
    }
  }
}

/** Where a joint ends in the neighbouring column, in places. */
type Side = "before" | "after";
const endOf = ({ item, share }: Joint, side: Side): number =>
  side === "before" ? item.place : item.place + 0.9 * share;

function sortByNeighbours(column: Item[], side: Side): void {
  const weights = new Map<Item, number>();
  for (const item of column) {
    const joints = item[side];
    if (joints.length > 0) {
      const sum = joints.reduce((total, joint) => total + endOf(joint, side), 0);
      weights.set(item, sum / joints.length);
    }
  }
  const moving = column
    .filter((item) => weights.has(item))
    .sort((one, other) => (weights.get(one) ?? 0) - (weights.get(other) ?? 0));
  // What has no neighbours on this side stays where it is.
  const placed = column.map((item) => (weights.has(item) ? moving.shift() : item) ?? item);
  renumber(column, placed);
}

function renumber(column: Item[], placed: readonly Item[]): void {
  placed.forEach((item, place) => {
    column[place] = item;
    item.place = place;
  });
}

/** Neighbours in a column change places where connections then cross less. */
function exchange(columns: readonly Item[][]): void {
  for (let round = 0; round < MOST_EXCHANGES; round++) {
    const changes = columns.map(exchangeInside);
    if (!changes.includes(true)) {
      return;
    }
  }
}

function exchangeInside(column: Item[]): boolean {
  let isChanged = false;
  for (let place = 0; place + 1 < column.length; place++) {
    const [upper, lower] = [column[place], column[place + 1]];
    if (upper !== undefined && lower !== undefined && gain(upper, lower) > 0) {
      column[place] = lower;
      column[place + 1] = upper;
      lower.place = place;
      upper.place = place + 1;
      isChanged = true;
    }
  }
  return isChanged;
}

/** How many crossings fewer there are if two neighbours change places. */
function gain(upper: Item, lower: Item): number {
  let sum = 0;
  for (const side of ["before", "after"] as const) {
    for (const one of upper[side]) {
      for (const other of lower[side]) {
        sum += Math.sign(endOf(one, side) - endOf(other, side));
      }
    }
  }
  return sum;
}

/** How often connections cross between all columns. */
export function crossings(columns: readonly (readonly Item[])[]): number {
  return columns.reduce((sum, column) => sum + crossingsAfter(column), 0);
}

function crossingsAfter(column: readonly Item[]): number {
  const ends = column.flatMap(({ after }) =>
    after.map((joint) => endOf(joint, "after")).sort((one, other) => one - other),
  );
  return inversions(ends);
}

/** How many pairs are in the wrong order; sorts what it is given, by merging. */
function inversions(values: number[]): number {
  if (values.length < 2) {
    return 0;
  }
  const half = values.length >> 1;
  const [left, right] = [values.slice(0, half), values.slice(half)];
  let found = inversions(left) + inversions(right);
  for (let at = 0, l = 0, r = 0; at < values.length; at++) {
    const [one, other] = [left[l], right[r]];
    if (other === undefined || (one !== undefined && one <= other)) {
      values[at] = one ?? 0;
      l += 1;
    } else {
      values[at] = other;
      r += 1;
      found += left.length - l;
    }
  }
  return found;
}
