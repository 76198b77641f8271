import { describe, expect, it } from "vitest";
import type { Connection, Graph } from "@/editor/types";
import { ANYTHING, componentsOf, fits, operatorOf } from "./catalogue";
import {
  acceptors,
  adapters,
  connectEdit,
  disconnectEdit,
  edgesOf,
  producers,
  referenceTo,
  whyNot,
} from "./connecting";
import { applyEdits } from "./edits";
import { nodeOf } from "./reading";
import { catalogue, digits, graphOf, node, operator, sheetOf } from "./testing";

const end = (text: string) => {
  const [name = "", port = ""] = text.split(".");
  return { node: name, port };
};
const NONE: readonly Connection[] = [];
const why = (source: string, target: string, graph: Graph = digits, wired = NONE) =>
  whyNot(catalogue, graph, wired, end(source), end(target))?.key ?? null;

describe("whyNot", () => {
  it.each([
    ["model.model", "score.model", null, "the type fits and the single input is replaced"],
    ["fit.model", "score.model", "connect.exists", "it is there"],
    ["digits.dataset", "score.model", "connect.type", "a dataset is no model"],
    ["fit.history", "score.dataset", "connect.type", "a table is no dataset"],
    ["resized.dataset", "parts.dataset", "connect.noPort", "no such output"],
    ["resized.images", "parts.dataset", "connect.cycle", "resized depends on parts"],
    ["resized.images", "resized.images", "connect.itself", "the same node"],
    ["parts.dataset", "resized.pictures", "connect.noPort", "no such input"],
  ])("%s → %s: %s because %s", (source, target, expected, _) => {
    expect(why(source, target)).toBe(expected);
  });

  it("names types and ports", () => {
    expect(whyNot(catalogue, digits, NONE, end("digits.dataset"), end("score.model"))).toEqual({
      key: "connect.type",
      values: { given: "Dataset", wanted: "Model", node: "score", port: "model" },
    });
  });

  it("lets what is written take the place of what follows by itself", () => {
    const graph = graphOf(node("a", "data.split"), node("b", "image.resize", { images: "a" }));
    const wired = [{ node: "a", port: "dataset", source: "b" }];
    expect(why("a.dataset", "b.images", graph, wired)).toBe("connect.exists");
    expect(why("b.images", "a.dataset", graph, wired)).toBe("connect.cycle");
  });
});

describe("edges", () => {
  it("name ports, and tell what is written from what follows", () => {
    const wired = [
      { node: "score", port: "model", source: "model" }, // written by now
      { node: "fit", port: "start", source: "model" },
      { node: "fit", port: "model", source: "gone" },
    ];
    const graph = graphOf(
      node("model", "models.classifier"),
      node("fit", "train", { model: "model" }),
      node("score", "evaluate", { model: "fit.model" }),
    );
    expect(edgesOf(catalogue, graph, wired)).toEqual([
      {
        id: "model.model→fit.model",
        source: end("model.model"),
        target: end("fit.model"),
        isWired: false,
        reference: "model",
      },
      {
        id: "fit.model→score.model",
        source: end("fit.model"),
        target: end("score.model"),
        isWired: false,
        reference: "fit.model",
      },
      {
        id: "model.model→fit.start",
        source: end("model.model"),
        target: end("fit.start"),
        isWired: true,
        reference: "model",
      },
    ]);
  });

  it("are the same list until nodes or what is wired change", () => {
    const edges = edgesOf(catalogue, digits, NONE);
    expect(edgesOf(catalogue, digits, NONE)).toBe(edges);
    expect(edgesOf(catalogue, { ...digits }, NONE)).toBe(edges);
    expect(edgesOf(catalogue, digits, [...NONE])).not.toBe(edges);
  });

  it("are written in the short form and can be taken away again", () => {
    expect(referenceTo(catalogue, digits, end("fit.model"))).toBe("fit");
    expect(referenceTo(catalogue, digits, end("fit.history"))).toBe("fit.history");
    const edit = connectEdit(catalogue, digits, end("model.model"), end("score.model"));
    expect(edit).toEqual({
      kind: "connect",
      source: "model",
      node: "score",
      port: "model",
      many: false,
    });
    const { graph } = applyEdits(sheetOf(digits), [edit]);
    const [edge] = edgesOf(catalogue, graph, NONE).filter(({ id }) =>
      id.startsWith("model.model→score"),
    );
    const without = applyEdits(sheetOf(graph), edge ? [disconnectEdit(edge)] : []).graph;
    expect(nodeOf(without, "score")?.inputs).toEqual({ dataset: "resized" });
  });

  it("are added to a port that takes several", () => {
    const graph = graphOf(node("a", "data.digits"), node("both", "data.merge"));
    expect(connectEdit(catalogue, graph, end("a.dataset"), end("both.parts"))).toMatchObject({
      many: true,
    });
  });
});

describe("suggestions", () => {
  it("are operators that take or give a type, with their port", () => {
    const shown = (list: ReturnType<typeof acceptors>) =>
      list.map(({ operator: { id }, port }) => `${id}.${port.name}`);
    expect(shown(acceptors(catalogue, "TrainedModel"))).toEqual([
      "train.model",
      "evaluate.model",
      "export.model",
    ]);
    expect(producers(catalogue, "Model").map(({ operator: { id } }) => id)).toEqual([
      "models.classifier",
      "train",
    ]);
  });

  it("are adapters only if one input is all they need", () => {
    expect(adapters(catalogue, "TrainedModel", "File").map(({ operator: { id } }) => id)).toEqual([
      "export",
    ]);
    expect(adapters(catalogue, "Model", "Table")).toEqual([]); // evaluate needs a dataset too
  });
});

describe("operators of nodes", () => {
  it("stand in for those that are gone, with the ports that connections name", () => {
    const graph = graphOf(
      node("a", "data.digits"),
      node("old", "image.sharpen", { images: "a", more: ["a"] }),
      node("b", "image.resize", { images: "old.pictures" }),
    );
    const old = nodeOf(graph, "old") ?? node("none", "");
    const found = operatorOf(catalogue, graph, old);
    expect(found.origin).toBe("missing");
    expect(found.inputs.map(({ name, many }) => [name, many])).toEqual([
      ["images", false],
      ["more", true],
    ]);
    expect(found.outputs).toEqual([{ name: "pictures", type: ANYTHING, help: "", preview: null }]);
    const moved = { ...graph, nodes: [...graph.nodes, node("c", "data.digits")] };
    expect(operatorOf(catalogue, moved, old)).toBe(found);
  });

  it("may be components of the graph, whose outputs have the types of what is inside", () => {
    const graph: Graph = {
      nodes: [node("ready", "prepare")],
      components: {
        prepare: {
          inputs: { images: "Dataset" },
          settings: {},
          outputs: { images: "resized", untouched: "images" },
          help: "Resize a little.\nMore.",
          graph: graphOf(node("resized", "image.resize", { images: "images" })),
        },
      },
    };
    const found = componentsOf(catalogue, graph).get("prepare");
    expect(found).toMatchObject({ origin: "component", summary: "Resize a little." });
    expect(found?.outputs.map(({ name, type }) => [name, type])).toEqual([
      ["images", "Dataset[Image]"],
      ["untouched", "Dataset"],
    ]);
    expect(operatorOf(catalogue, graph, node("x", "prepare"))).toBe(found);
  });
});

it("a type nothing is known of fits by its family", () => {
  expect(operator("x").is_source).toBe(true);
  expect(fits(catalogue, "Dataset[Image]", "Dataset[Text]")).toBe(true);
  expect(fits(catalogue, "Dataset[Text]", "Model")).toBe(false);
  expect(fits(catalogue, "Model", ANYTHING)).toBe(true);
});
