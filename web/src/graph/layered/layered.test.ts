import { describe, expect, it } from "vitest";
import { crossings, order } from "./crossings";
import { columnsOf, joined, type Link, withBends } from "./items";
import { layered } from "./layered";
import { rank, withoutCycles } from "./ranks";

const link = (from: number, to: number, share = 0.5): Link => ({ from, to, share });
const boxes = (count: number) => Array.from({ length: count }, () => ({ width: 100, height: 40 }));
const SPACING = { betweenColumns: 50, betweenRows: 20 };
const corners = (count: number, links: readonly Link[]) =>
  layered(boxes(count), links, SPACING).map(({ x, y }) => [x, y]);

/** The same links every time. */
function manyLinks(numItems: number, numLinks: number): Link[] {
  let seed = 7;
  const next = (below: number) => {
    seed = (seed * 16_807) % 2_147_483_647;
    return seed % below;
  };
  return Array.from({ length: numLinks }, () => {
    const from = next(numItems - 1);
    return link(from, Math.min(numItems - 1, from + 1 + next(12)));
  });
}

describe("a layered layout", () => {
  it("puts a chain on one level", () => {
    expect(corners(3, [link(0, 1), link(1, 2)])).toEqual([
      [0, 0],
      [150, 0],
      [300, 0],
    ]);
  });

  it("puts what nothing goes into next to what it goes into", () => {
    const [, , , late] = corners(4, [link(0, 1), link(1, 2), link(3, 2)]);
    expect(late?.[0]).toBe(150);
  });

  it("stands what goes into a higher port higher", () => {
    const [first, second] = corners(3, [link(0, 2, 0.75), link(1, 2, 0.25)]);
    expect(second?.[1]).toBeLessThan(first?.[1] ?? 0);
  });

  it("leaves room between all things of a large graph, each right of what it depends on", () => {
    const links = manyLinks(120, 180);
    const places = layered(boxes(120), links, SPACING);
    const isWrong = ({ from, to }: Link) => (places[to]?.x ?? 0) < (places[from]?.x ?? 0) + 150;
    expect(links.filter(isWrong)).toEqual([]);
    const near = places.filter((one, at) =>
      places.some(
        (other, place) => place > at && other.x === one.x && Math.abs(other.y - one.y) < 59.9,
      ),
    );
    expect(near).toEqual([]);
  });

  it("lays out cycles and links to itself, too", () => {
    expect(corners(2, [link(0, 1), link(1, 0), link(0, 0)])).toEqual([
      [0, 0],
      [150, 0],
    ]);
  });

  it("has nothing to lay out without boxes", () => {
    expect(layered([], [], SPACING)).toEqual([]);
  });
});

describe("the order in columns", () => {
  function columnsFor(numItems: number, links: readonly Link[]) {
    const nodes = joined(
      Array.from({ length: numItems }, () => 40),
      withoutCycles(numItems, links),
    );
    rank(nodes);
    return withBends(nodes);
  }

  it("has no crossings where none are needed", () => {
    const crossed = [link(0, 7), link(1, 6), link(2, 5), link(3, 4), link(0, 6), link(2, 4)];
    const items = columnsFor(8, crossed);
    order(items);
    expect(crossings(columnsOf(items))).toBe(0);
  });

  it("counts every crossing", () => {
    const items = joined([1, 1, 1, 1, 1, 1], [link(0, 5), link(1, 4), link(2, 3)]);
    items.forEach((item, at) => {
      item.rank = at < 3 ? 0 : 1;
      item.place = at % 3;
    });
    expect(crossings(columnsOf(items))).toBe(3);
  });

  it("gives a long connection one bend in every column it passes, shared by what begins together", () => {
    const items = columnsFor(5, [
      link(0, 1),
      link(1, 2),
      link(2, 3),
      link(3, 4),
      link(0, 3),
      link(0, 4),
    ]);
    expect(items.filter(({ isBend }) => isBend).map((bend) => bend.rank)).toEqual([1, 2, 3]);
  });
});
