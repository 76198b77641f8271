import { describe, expect, it } from "vitest";
import type { RunView } from "@/editor/types";
import { createCatalogue, operatorOf } from "./catalogue";
import { edgesOf } from "./connecting";
import { nodeOf } from "./reading";
import { classesInto, isIdle, reuseEdit, standInOf, taskOf } from "./reuse";
import { graphOf, catalogue as known, node, operator } from "./testing";

const catalogue = createCatalogue(
  {
    problems: [],
    operators: [
      ...known.operators.values(),
      operator("read.boxes", {}, { dataset: "Dataset[ObjectDetection]" }),
      operator("any.split", { dataset: "Dataset!" }, { dataset: "Dataset" }),
      operator("models.reuse", { dataset: "Dataset" }, { model: "TrainedModel" }),
    ],
  },
  { types: [...known.types.values()] },
);

const graph = graphOf(
  node("boxes", "read.boxes"),
  node("parts", "any.split", { dataset: "boxes" }),
  node("again", "any.split", { dataset: "parts" }),
  node("model", "models.classifier"),
  { ...node("fit", "train", { model: "model", dataset: "again" }), reuse: "pets@2" },
);
const edges = edgesOf(catalogue, graph, []);

const standIn = (id: string) => {
  const found = nodeOf(graph, id);
  return found ? standInOf(catalogue, found, operatorOf(catalogue, graph, found)) : null;
};

describe("nodes that use a trained model", () => {
  it("are those that train, say which model, and are not bypassed", () => {
    const [fit] = graph.nodes.slice(-1);
    const train = catalogue.operators.get("train");
    expect(standIn("fit")?.id).toBe("models.reuse");
    expect(standIn("parts")).toBeNull();
    expect(fit && train && standInOf(catalogue, { ...fit, bypass: true }, train)).toBeNull();
    expect(fit && train && standInOf(catalogue, { ...fit, reuse: null }, train)).toBeNull();
  });

  it("let nothing in by ports that only training has", () => {
    const idle = edges.filter((edge) => isIdle(edge, standIn)).map(({ source }) => source.node);
    expect(idle).toEqual(["model"]);
  });

  it("change by one edit", () => {
    expect(reuseEdit("fit", null)).toEqual({
      kind: "set_node_key",
      node: "fit",
      key: "reuse",
      value: null,
    });
  });
});

describe("what a model has to fit", () => {
  it("is the task of where the data come from", () => {
    expect(taskOf(catalogue, graph, edges, "fit")).toBe("object_detection");
    expect(taskOf(catalogue, graph, [], "fit")).toBeNull();
  });

  it("are the classes that a run has shown", () => {
    const classes = { cat: { train: 3 }, dog: { train: 2 }, none: { train: 1 } };
    const run = {
      nodes: { again: { outputs: { dataset: { preview: { classes } } } } },
    } as unknown as RunView;
    expect(classesInto(catalogue, graph, edges, run, "fit")).toEqual(["cat", "dog"]);
    expect(classesInto(catalogue, graph, edges, null, "fit")).toBeNull();
  });
});
