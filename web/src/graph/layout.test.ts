import { describe, expect, it } from "vitest";
import type { Edit } from "@/editor/types";
import { edgesOf } from "./connecting";
import { align, arrange, type Box, distribute, GRID } from "./layout";
import { catalogue, digits, graphOf, node } from "./testing";

const box = (id: string, x: number, y: number, width = 240, height = 80): Box => ({
  id,
  x,
  y,
  width,
  height,
});

function placed(boxes: readonly Box[], edits: readonly Edit[]): Map<string, Box> {
  const moves = new Map(
    edits.flatMap((edit) => (edit.kind === "move_node" ? [[edit.node, edit]] : [])),
  );
  return new Map(boxes.map((each) => [each.id, { ...each, ...moves.get(each.id) }]));
}

const boxes = digits.nodes.map(({ id }) => box(id, 0, 0));
const edges = edgesOf(catalogue, digits, []);

describe("automatic layout", () => {
  it("puts every node to the right of what it depends on, apart from each other, on the grid", () => {
    const found = placed(boxes, arrange(boxes, edges));
    for (const { source, target } of edges) {
      const [from, to] = [found.get(source.node), found.get(target.node)];
      expect((to?.x ?? 0) - (from?.x ?? 0)).toBeGreaterThanOrEqual(240 + GRID);
    }
    const all = [...found.values()];
    const overlaps = all.filter((one) =>
      all.some(
        (other) =>
          other !== one && Math.abs(one.x - other.x) < 240 && Math.abs(one.y - other.y) < 80,
      ),
    );
    expect(overlaps).toEqual([]);
    expect(all.every(({ x, y }) => x % GRID === 0 && y % GRID === 0)).toBe(true);
  });

  it("leaves the corner of a part where it is, and moves nothing else", () => {
    const part = [box("fit", 400, 300), box("score", 320, 500)];
    const edits = arrange(part, edges, { keepsCorner: true });
    const found = placed(part, edits);
    expect(found.get("fit")).toMatchObject({ x: 320, y: 304 });
    expect(found.get("score")?.x).toBeGreaterThan(560);
    expect(edits.every((edit) => edit.kind === "move_node")).toBe(true);
  });

  it("puts what comes from higher ports higher", () => {
    const graph = graphOf(
      node("model", "models.classifier"),
      node("digits", "data.digits"),
      node("fit", "train", { model: "model", dataset: "digits" }),
    );
    const three = graph.nodes.map(({ id }) => box(id, 0, 0));
    const found = placed(three, arrange(three, edgesOf(catalogue, graph, [])));
    expect(found.get("model")?.y).toBeLessThan(found.get("digits")?.y ?? 0);
  });

  it("puts parts that do not hang together below each other, and lone nodes in rows", () => {
    const graph = graphOf(
      node("a", "data.digits"),
      node("b", "image.resize", { images: "a" }),
      node("c", "data.digits"),
      node("d", "image.resize", { images: "c" }),
      ...["e", "f", "g", "h", "i"].map((id) => node(id, "data.digits")),
    );
    const all = graph.nodes.map(({ id }) => box(id, 500, 500));
    const found = placed(all, arrange(all, edgesOf(catalogue, graph, [])));
    const shown = [...found.values()].map(({ id, x, y }) => `${id} ${x} ${y}`);
    expect(shown).toEqual([
      "a 0 0",
      "b 320 0",
      "c 0 144",
      "d 320 144",
      "e 0 288",
      "f 320 288",
      "g 640 288",
      "h 960 288",
      "i 0 400",
    ]);
  });

  it("has nothing to do without nodes", () => {
    expect(arrange([], edges)).toEqual([]);
  });
});

const three = [box("a", 0, 0, 100, 40), box("b", 50, 100, 200, 60), box("c", 300, 400, 80, 20)];

describe("alignment", () => {
  const at = (how: Parameters<typeof align>[1]) =>
    [...placed(three, align(three, how)).values()].map(({ x, y }) => [x, y]);

  it("takes the outermost node, or the middle of all", () => {
    expect(at("left")).toEqual([[0, 0], [0, 100], [0, 400]]); // biome-ignore format: a table
    expect(at("right")).toEqual([[280, 0], [180, 100], [300, 400]]); // biome-ignore format: a table
    expect(at("centre")).toEqual([[140, 0], [90, 100], [150, 400]]); // biome-ignore format: a table
    expect(at("top")).toEqual([[0, 0], [50, 0], [300, 0]]); // biome-ignore format: a table
    expect(at("bottom")).toEqual([[0, 380], [50, 360], [300, 400]]); // biome-ignore format: a table
    expect(at("middle")).toEqual([[0, 190], [50, 180], [300, 200]]); // biome-ignore format: a table
  });

  it("moves only what is somewhere else", () => {
    expect(align(three, "left").map((edit) => "node" in edit && edit.node)).toEqual(["b", "c"]);
  });

  it("leaves the same room between neighbours", () => {
    expect(distribute(three, "vertically")).toEqual([
      { kind: "move_node", node: "b", x: 50, y: 190 },
    ]);
    expect(distribute(three.slice(0, 2), "vertically")).toEqual([]);
  });
});
