import { expect, it } from "vitest";
import { createFarLinks } from "./farLinks";
import type { CanvasEdge, CanvasNode } from "./flowElements";

const node = (id: string, x: number, y: number) =>
  ({
    id,
    type: "operator",
    position: { x, y },
    handles: [
      { id: "in", type: "target", x: -5, y: 40, width: 10, height: 16 },
      { id: "out", type: "source", x: 235, y: 40, width: 10, height: 16 },
    ],
  }) as unknown as CanvasNode;

const edge = (id: string, source: string, target: string, colour: string) =>
  ({
    id,
    source,
    sourceHandle: "out",
    target,
    targetHandle: "in",
    data: { colour },
  }) as unknown as CanvasEdge;

it("draws the connections of one colour in one path, from port to port", () => {
  const links = createFarLinks();
  const nodes = [node("a", 0, 0), node("b", 400, 100), node("c", 400, 300)];
  const drawn = links(nodes, [
    edge("1", "a", "b", "red"),
    edge("2", "a", "c", "blue"),
    edge("3", "b", "c", "red"),
  ]);
  expect(drawn.map(({ colour }) => colour)).toEqual(["red", "blue"]);
  expect(drawn[0]?.path.match(/M[^M]+/g)).toHaveLength(2);
  expect(drawn[1]?.path).toMatch(/^M245,48 C.* 395,348$/);
});

it("follows a node that moves and leaves the other connections as they were", () => {
  const links = createFarLinks();
  const edges = [edge("1", "a", "b", "red"), edge("2", "c", "b", "blue")];
  const before = links([node("a", 0, 0), node("b", 400, 0), node("c", 0, 200)], edges);
  const after = links([node("a", 10, 0), node("b", 400, 0), node("c", 0, 200)], edges);
  expect(after[0]?.path).toMatch(/^M255,48/);
  expect(after[1]).toEqual(before[1]);
});

it("leaves out connections of nodes or ports that are not there", () => {
  const links = createFarLinks();
  expect(links([node("a", 0, 0)], [edge("1", "a", "gone", "red")])).toEqual([]);
});
