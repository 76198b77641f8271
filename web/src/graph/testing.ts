/** A small catalogue and graphs of it, for tests. */
import type { Graph, GraphNode } from "@/editor/types";
import { type Catalogue, createCatalogue, type OperatorSummary } from "./catalogue";
import type { Sheet } from "./edits";
import { NO_EXTRAS } from "./groups";

type Ports = Record<string, string>;

/** `!` after a type: required; `*`: takes several connections. */
export function operator(id: string, inputs: Ports = {}, outputs: Ports = {}): OperatorSummary {
  return {
    id,
    group: id.includes(".") ? (id.split(".")[0] ?? "") : "",
    group_title: "",
    title: id,
    summary: `${id} does it`,
    is_job: true,
    is_source: Object.keys(inputs).length === 0,
    stand_in: id === "train" ? "models.reuse" : null,
    inputs: Object.entries(inputs).map(([name, type]) => ({
      name,
      type: type.replace(/[!*]/g, ""),
      required: type.includes("!"),
      many: type.includes("*"),
      help: "",
    })),
    outputs: Object.entries(outputs).map(([name, type]) => ({
      name,
      type,
      help: "",
      preview: null,
    })),
  };
}

export const catalogue: Catalogue = createCatalogue(
  {
    problems: [],
    operators: [
      operator("data.digits", {}, { dataset: "Dataset[Image]" }),
      operator("data.split", { dataset: "Dataset!" }, { dataset: "Dataset[Image]" }),
      operator("image.resize", { images: "Dataset[Image]!" }, { images: "Dataset[Image]" }),
      operator("data.merge", { parts: "Dataset!*" }, { dataset: "Dataset[Image]" }),
      operator("models.classifier", {}, { model: "Model" }),
      operator(
        "train",
        { model: "Model!", dataset: "Dataset!", start: "Checkpoint" },
        { model: "TrainedModel", history: "Table" },
      ),
      operator("evaluate", { model: "Model!", dataset: "Dataset!" }, { scores: "Table" }),
      operator("export", { model: "TrainedModel!" }, { file: "File" }),
    ],
  },
  {
    types: [
      {
        id: "Checkpoint",
        family: "Checkpoint",
        title: "Checkpoint",
        accepts: [],
      },
      {
        id: "Dataset",
        family: "Dataset",
        title: "Dataset",
        accepts: ["Dataset[Image]"],
      },
      {
        id: "Dataset[Image]",
        family: "Dataset",
        title: "Dataset",
        accepts: ["Dataset[Image]"],
      },
      { id: "File", family: "File", title: "File", accepts: [] },
      {
        id: "Model",
        family: "Model",
        title: "Model",
        accepts: ["Model", "TrainedModel"],
      },
      { id: "Table", family: "Table", title: "Table", accepts: [] },
      {
        id: "TrainedModel",
        family: "TrainedModel",
        title: "TrainedModel",
        accepts: ["TrainedModel"],
      },
    ],
  },
);

/** A node, from what matters of it. */
export function node(
  id: string,
  op: string,
  inputs: GraphNode["inputs"] = {},
  settings: GraphNode["settings"] = {},
): GraphNode {
  return { id, op, inputs, settings, note: "", retries: 0, bypass: false };
}

/** A graph of some nodes. */
export function graphOf(...nodes: GraphNode[]): Graph {
  return { nodes, components: {} };
}

/** digits → parts → resized → fit ← model; score takes the fitted model. */
export const digits: Graph = graphOf(
  node("digits", "data.digits"),
  node("parts", "data.split", { dataset: "digits" }, { valid: 0.1 }),
  node("resized", "image.resize", { images: "parts" }, { size: 16 }),
  node("model", "models.classifier", {}, { backbone: { type: "convnet", depth: 2 } }),
  node("fit", "train", { model: "model", dataset: "resized" }, { epochs: 20 }),
  node("score", "evaluate", { model: "fit.model", dataset: "resized" }),
);

/** A graph without positions. */
export function sheetOf(graph: Graph): Sheet {
  return { graph, layout: {}, canvas: NO_EXTRAS };
}
