/** Which column things go into: right of everything they depend on, and near what they are connected with. */
import type { Item, Joint, Link } from "./items";

const ROUNDS = 4;

/** The links without cycles: those that lead back are turned round. */
export function withoutCycles(numItems: number, links: readonly Link[]): readonly Link[] {
  const leaving: Link[][] = Array.from({ length: numItems }, () => []);
  for (const link of links) {
    leaving[link.from]?.push(link);
  }
  const isOpen = new Set<number>();
  const isDone = new Set<number>();
  const found: Link[] = [];
  for (let root = 0; root < numItems; root++) {
    const path = isDone.has(root) ? [] : [{ item: root, next: 0 }];
    isOpen.add(root);
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const link = leaving[top.item]?.[top.next++];
      if (link === undefined) {
        isDone.add(top.item);
        isOpen.delete(top.item);
        path.pop();
      } else if (isOpen.has(link.to)) {
        found.push({ from: link.to, to: link.from, share: 0.5 });
      } else {
        found.push(link);
        if (!isDone.has(link.to)) {
          isOpen.add(link.to);
          path.push({ item: link.to, next: 0 });
        }
      }
    }
    isOpen.delete(root);
  }
  return found.filter(({ from, to }) => from !== to);
}

/** Sets the rank of every item: as far left as it can be, then as near to its neighbours as they allow. */
export function rank(items: readonly Item[]): void {
  const order = inOrder(items);
  for (const item of order) {
    item.rank = afterAll(item.before);
  }
  const backwards = [...order].reverse();
  for (let round = 0; round < ROUNDS; round++) {
    for (const item of backwards) {
      if (item.after.length >= item.before.length && item.after.length > 0) {
        item.rank = beforeAll(item.after);
      }
    }
    for (const item of order) {
      if (item.before.length >= item.after.length && item.before.length > 0) {
        item.rank = afterAll(item.before);
      }
    }
  }
  const first = items.reduce((least, item) => Math.min(least, item.rank), Number.POSITIVE_INFINITY);
  for (const item of items) {
    item.rank -= first;
  }
}

function afterAll(before: readonly Joint[]): number {
  return before.reduce((most, { item }) => Math.max(most, item.rank + 1), 0);
}

function beforeAll(after: readonly Joint[]): number {
  return after.reduce(
    (least, { item }) => Math.min(least, item.rank - 1),
    Number.POSITIVE_INFINITY,
  );
}

/** Items after all that they depend on. */
function inOrder(items: readonly Item[]): readonly Item[] {
  const missing = new Map(items.map((item) => [item, item.before.length]));
  const order = items.filter((item) => item.before.length === 0);
  for (const done of order) {
    for (const { item } of done.after) {
      const left = (missing.get(item) ?? 0) - 1;
      missing.set(item, left);
      if (left === 0) {
        order.push(item); // the loop comes to it, too
      }
    }
  }
  return order;
}
