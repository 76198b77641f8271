import { describe, expect, it } from "vitest";
import { edgesOf, placedGraph, statesOf } from "./graphLayout";

const graph = {
  nodes: [
    { id: "data", op: "data.digits" },
    { id: "fit", op: "train", inputs: { dataset: "data", model: "net.model" } },
    { id: "net", op: "net" },
    {
      id: "score",
      op: "evaluate",
      inputs: { model: "fit.model", datasets: ["data", "data.test"] },
    },
  ],
} as never;

describe("the graph of a run", () => {
  it("has one line between two nodes, however many ports are connected", () => {
    expect(edgesOf(graph)).toEqual([
      ["data", "fit"],
      ["net", "fit"],
      ["fit", "score"],
      ["data", "score"],
    ]);
  });

  it("goes from left to right", () => {
    const at = Object.fromEntries(placedGraph(graph).nodes.map(({ id, x }) => [id, x]));
    expect(at.data).toBeLessThan(at.fit ?? 0);
    expect(at.fit).toBeLessThan(at.score ?? 0);
    expect(placedGraph({ nodes: [], components: {} } as never)).toMatchObject({
      nodes: [],
      edges: [],
    });
  });

  it("shows of a component the state that needs attention first", () => {
    const states = statesOf(graph, [
      { id: "data", state: "succeeded" },
      { id: "net/inner", state: "succeeded" },
      { id: "net/other", state: "failed" },
      { id: "fit", state: "skipped" },
    ]);
    expect(Object.fromEntries(states)).toEqual({
      data: "succeeded",
      fit: "skipped",
      net: "failed",
      score: "pending",
    });
  });
});
