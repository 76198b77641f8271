import { describe, expect, it } from "vitest";
import { miniatureOf } from "./miniature";

const size = { width: 138, height: 64 };

const node = (id: string, inputs: Record<string, string | string[]> = {}) => ({
  id,
  op: `data.${id}`,
  inputs,
});

describe("miniatureOf", () => {
  it("fits positions of the file into the picture", () => {
    const picture = miniatureOf(
      {
        graph: {
          nodes: [node("a"), node("b", { images: "a.dataset" }), node("c", { images: "a" })],
        },
        layout: { a: [0, 100], b: [300, 0], c: [300, 200] },
        wired: [],
      },
      size,
    );
    expect(picture.nodes).toEqual([
      { id: "a", operator: "data.a", x: 19, y: 32 },
      { id: "b", operator: "data.b", x: 119, y: 12 },
      { id: "c", operator: "data.c", x: 119, y: 52 },
    ]);
    expect(picture.lines.map(({ id }) => id)).toEqual(["a>b", "a>c"]);
    expect(picture.lines[0]?.path).toBe("M32 32C69 32 69 12 106 12");
  });

  it("makes columns where the file says nothing, and counts connections that follow", () => {
    const picture = miniatureOf(
      {
        graph: { nodes: [node("c", { many: ["a", "b.out"] }), node("b"), node("a")] },
        layout: {},
        wired: [{ node: "b", port: "x", source: "a" }],
      },
      size,
    );
    const columns = Object.fromEntries(picture.nodes.map(({ id, x }) => [id, x]));
    expect(columns).toEqual({ a: 19, b: 69, c: 119 });
    expect(picture.lines.map(({ id }) => id)).toEqual(["a>c", "b>c", "a>b"]);
  });

  it("comes to an end in a cycle, and leaves unknown sources out", () => {
    const picture = miniatureOf(
      {
        graph: { nodes: [node("a", { x: "b" }), node("b", { x: "a", y: "gone" })] },
        layout: {},
        wired: [],
      },
      size,
    );
    expect(picture.nodes).toHaveLength(2);
    expect(picture.lines.map(({ id }) => id)).toEqual(["b>a", "a>b"]);
  });

  it("is empty for a text that is no graph, and puts a single node into the middle", () => {
    expect(miniatureOf({ graph: null, layout: {}, wired: [] }, size)).toEqual({
      nodes: [],
      lines: [],
    });
    const one = miniatureOf({ graph: { nodes: [node("a")] }, layout: {}, wired: [] }, size);
    expect(one.nodes).toEqual([{ id: "a", operator: "data.a", x: 69, y: 32 }]);
  });
});
