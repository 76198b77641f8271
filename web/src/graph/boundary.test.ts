// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${…} is how the pipeline file writes references
import { describe, expect, it } from "vitest";
import type { Edit, Graph } from "@/editor/types";
import { boundaryOf, dissolveEdit, usesComponent } from "./boundary";
import { withComponent, withoutComponent } from "./componentEdits";
import { applyEdits } from "./edits";
import { followingEdits, NO_EXTRAS } from "./groups";
import { nodeOf } from "./reading";
import { catalogue, digits, graphOf, node } from "./testing";

type Make = Extract<Edit, { kind: "make_component" }>;

function makeOf(graph: Graph, nodes: string[], wired: Parameters<typeof boundaryOf>[2] = []): Make {
  const { inputs, outputs } = boundaryOf(catalogue, graph, wired, nodes);
  return { kind: "make_component", name: "part", node: "use", nodes, inputs, outputs };
}

describe("the ports of a component made of nodes", () => {
  it("are one for each connection across its boundary, named after the ports", () => {
    expect(boundaryOf(catalogue, digits, [], ["parts", "resized"])).toEqual({
      inputs: { dataset: { type: "Dataset", source: "digits" } },
      outputs: { images: "resized" },
      before: [],
    });
  });

  it("have other names where nodes inside or other ports have theirs", () => {
    const graph = graphOf(
      node("one", "data.digits"),
      node("two", "data.digits"),
      node("dataset", "data.split", { dataset: "one" }),
      node("merged", "data.merge", { parts: ["dataset", "two", "one"] }),
    );
    expect(boundaryOf(catalogue, graph, [], ["dataset", "merged"]).inputs).toEqual({
      one: { type: "Dataset", source: "one" },
      parts: { type: "Dataset", source: "two" },
    });
  });

  it("are what its last nodes give if nothing goes on from there", () => {
    expect(boundaryOf(catalogue, digits, [], ["fit", "score"]).outputs).toEqual({
      scores: "score",
    });
    const { outputs } = boundaryOf(catalogue, graphOf(node("fit", "train")), [], ["fit"]);
    expect(outputs).toEqual({ model: "fit", history: "fit.history" });
  });

  it("write down what follows by itself and crosses the boundary", () => {
    const graph = graphOf(node("digits", "data.digits"), node("small", "image.resize"));
    const wired = [{ node: "small", port: "images", source: "digits" }];
    const { inputs, before } = boundaryOf(catalogue, graph, wired, ["small"]);
    expect(inputs).toEqual({ images: { type: "Dataset[Image]", source: "digits" } });
    expect(before).toEqual([
      { kind: "connect", source: "digits", node: "small", port: "images", many: false },
    ]);
  });
});

describe("a component", () => {
  it("can be made of any part of a graph without a way back, and dissolved again", () => {
    const parts = [
      ["parts"],
      ["parts", "resized"],
      ["fit", "score"],
      digits.nodes.map(({ id }) => id),
    ];
    for (const nodes of parts) {
      const made = withComponent(digits, makeOf(digits, nodes));
      expect(usesComponent(made, "use")).toBe(true);
      const back = withoutComponent(made, dissolveEdit(made, "use"));
      expect(back.components).toEqual({});
      for (const each of digits.nodes) {
        expect(nodeOf(back, each.id)).toEqual(each);
      }
    }
  });

  it("takes the place of its nodes in their groups, and they its place", () => {
    const group = { id: "g", title: "G", nodes: ["digits", "parts"] };
    const sheet = {
      graph: digits,
      layout: { parts: { x: 1, y: 2 }, fit: { x: 3, y: 4 } },
      canvas: { ...NO_EXTRAS, groups: [group], collapsed: new Set(["parts"]) },
    };
    const edit = makeOf(digits, ["parts", "resized"]);
    const step = [...followingEdits(sheet.canvas, [edit]), edit];
    const made = applyEdits(sheet, step);
    expect(made.canvas.groups).toEqual([{ ...group, nodes: ["digits", "use"] }]);
    expect([...made.canvas.collapsed]).toEqual([]);
    expect(made.layout).toEqual({ fit: { x: 3, y: 4 } });
    const dissolve = dissolveEdit(made.graph, "use");
    const back = applyEdits(made, [...followingEdits(made.canvas, [dissolve]), dissolve]);
    expect(back.canvas.groups).toEqual([{ ...group, nodes: ["digits", "parts", "resized"] }]);
  });

  it("gives its nodes the settings of the use; what must be worked out is left to the server", () => {
    const inner = node(
      "a",
      "image.resize",
      { images: "it" },
      {
        size: { $template: "${settings.size}" },
        twice: [{ $template: "${settings.size * 2}" }],
      },
    );
    const component = {
      inputs: { it: "Dataset" },
      settings: { size: 3 },
      outputs: { out: "a" },
      help: "",
      graph: graphOf(inner),
    };
    const graph = {
      ...graphOf(node("use", "c", { it: "x" }, { size: 8 })),
      components: { c: component },
    };
    const { nodes } = withoutComponent(graph, dissolveEdit(graph, "use"));
    expect(nodes).toEqual([
      { ...inner, inputs: { images: "x" }, settings: { ...inner.settings, size: 8 } },
    ]);
  });
});
