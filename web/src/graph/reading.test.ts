import { describe, expect, it } from "vitest";
import { removalEdits } from "./bridging";
import { edgesOf } from "./connecting";
import { difference } from "./difference";
import { applyEdits } from "./edits";
import { freeId, freeVariant, isNodeId } from "./naming";
import { ancestors, descendants, nodeOf, topologicalOrder } from "./reading";
import { kept, keptGraph, keptValues } from "./sameness";
import { catalogue, digits, graphOf, node, sheetOf } from "./testing";

const edges = edgesOf(catalogue, digits, []);

describe("order and reach", () => {
  it("puts every node after what it depends on", () => {
    const shuffled = graphOf(...[...digits.nodes].reverse());
    const order = topologicalOrder(shuffled, edgesOf(catalogue, shuffled, []));
    expect(order).toEqual(["model", "digits", "parts", "resized", "fit", "score"]);
  });

  it("puts nodes of a cycle last", () => {
    const graph = graphOf(
      node("a", "data.split", { dataset: "b" }),
      node("b", "data.split", { dataset: "a" }),
      node("c", "data.digits"),
    );
    expect(topologicalOrder(graph, edgesOf(catalogue, graph, []))).toEqual(["c", "a", "b"]);
  });

  it("knows what a node needs and what needs it", () => {
    expect([...ancestors(edges, "resized")].sort()).toEqual(["digits", "parts"]);
    expect([...descendants(edges, "resized")].sort()).toEqual(["fit", "score"]);
    expect([...descendants(edges, "score")]).toEqual([]);
  });
});

describe("removing nodes", () => {
  const removed = (...ids: string[]) =>
    applyEdits(sheetOf(digits), removalEdits(catalogue, digits, [], ids)).graph;

  it("keeps what runs through a node connected", () => {
    const graph = removed("resized");
    expect(nodeOf(graph, "fit")?.inputs).toEqual({ model: "model", dataset: "parts" });
    expect(nodeOf(graph, "score")?.inputs).toEqual({ model: "fit.model", dataset: "parts" });
  });

  it("bridges several nodes that go together", () => {
    expect(nodeOf(removed("resized", "parts"), "fit")?.inputs.dataset).toBe("digits");
  });

  it("connects only what fits", () => {
    const graph = removed("fit");
    expect(nodeOf(graph, "score")?.inputs).toEqual({ model: "model", dataset: "resized" });
    expect(nodeOf(removed("model"), "fit")?.inputs).toEqual({ dataset: "resized" });
  });

  it("keeps the other connections of a port that takes several", () => {
    const graph = graphOf(
      node("a", "data.digits"),
      node("b", "image.resize", { images: "a" }),
      node("c", "data.digits"),
      node("both", "data.merge", { parts: ["b", "c"] }),
    );
    const after = applyEdits(sheetOf(graph), removalEdits(catalogue, graph, [], ["b"])).graph;
    expect(nodeOf(after, "both")?.inputs).toEqual({ parts: ["c", "a"] });
  });
});

describe("differences", () => {
  it("are those of nodes and their values", () => {
    const { graph } = applyEdits(sheetOf(digits), [
      { kind: "set_setting", node: "fit", setting: "epochs", value: 5 },
      { kind: "disconnect", node: "score", port: "dataset" },
      { kind: "set_node_key", node: "score", key: "retries", value: 2 },
      { kind: "remove_node", node: "digits" },
      { kind: "add_node", node: node("more", "data.digits") },
      { kind: "move_node", node: "fit", x: 8, y: 8 },
    ]);
    expect(Object.fromEntries(difference(digits, graph))).toEqual({
      digits: { change: "removed", values: [] },
      more: { change: "added", values: [] },
      parts: {
        change: "changed",
        values: [{ kind: "input", name: "dataset", before: "digits", after: undefined }],
      },
      fit: {
        change: "changed",
        values: [{ kind: "setting", name: "epochs", before: 20, after: 5 }],
      },
      score: {
        change: "changed",
        values: [
          { kind: "input", name: "dataset", before: "resized", after: undefined },
          { kind: "key", name: "retries", before: null, after: 2 },
        ],
      },
    });
  });

  it("are none between a graph and what says the same", () => {
    expect(difference(digits, structuredClone(digits)).size).toBe(0);
  });
});

describe("keeping objects", () => {
  it("keeps every node that says the same, and the graph if all do", () => {
    const copy = structuredClone(digits);
    expect(keptGraph(digits, copy)).toBe(digits);
    const { graph } = applyEdits(sheetOf(copy), [
      { kind: "set_setting", node: "fit", setting: "epochs", value: 5 },
    ]);
    const found = keptGraph(digits, graph);
    const same = found?.nodes.map((each) => nodeOf(digits, each.id) === each);
    expect(same).toEqual([true, true, true, true, false, true]);
    expect(found?.components).toBe(digits.components);
  });

  it("does so for lists and mappings", () => {
    const old = { a: [1, { b: 2 }], c: null };
    expect(kept(old, structuredClone(old))).toBe(old);
    expect(kept<unknown>(old, { ...old, d: undefined })).not.toBe(old);
    const values = keptValues<unknown>(old, { a: [1, { b: 2 }], c: 3 });
    expect(values.a).toBe(old.a);
    expect(keptValues<unknown>(old, structuredClone(old))).toBe(old);
  });
});

describe("ids", () => {
  it("are the operator's last word with a number if it is taken", () => {
    expect(freeId("data.split", new Set())).toBe("split");
    expect(freeId("data.split", new Set(["split", "split2"]))).toBe("split3");
    expect(freeId("models.3d", new Set())).toBe("n3d");
    expect(freeVariant("fit2", new Set(["fit2"]))).toBe("fit3");
    expect(freeVariant("fit2", new Set(["fit2", "fit3"]))).toBe("fit4");
  });

  it("are letters, digits and underscores", () => {
    expect(["fit", "_a1", "1a", "a-b", "a/b", "é", ""].filter(isNodeId)).toEqual(["fit", "_a1"]);
  });
});
