import { describe, expect, it } from "vitest";
import { formatMilliseconds } from "@/ui/formatting";
import { datasetOf, lineageOf } from "./lineage";
import { flatSettings, formatMetric, isEvaluated, mainMetric, mainMetrics } from "./metrics";
import type { Model } from "./models";
import { settled } from "./predicting";
import { scoreBars } from "./scoreBars";

const MODEL: Model = {
  id: "m1",
  artifact: "a".repeat(64),
  name: "pets",
  version: 2,
  reference: "pets@2",
  description: "",
  is_registered: true,
  task: "image_classification",
  classes: ["cat", "dog"],
  input: { width: 32, height: 32, channels: 3 },
  targets: [],
  num_columns: null,
  date: null,
  inputs: null,
  architecture: "resnet",
  parameters: 10,
  size_bytes: 40,
  metrics: {},
  created: 1,
  run: "r1",
  node: "fit",
  pipeline: "pets",
  owner: "ada",
  visibility: "private",
  right: "own",
  registered: 2,
  operator: "train",
  settings: {},
  sources: [],
  trained_on: null,
  parents: [],
  files: [],
  run_right: "own",
  snippet: "",
};

describe("the metric to show", () => {
  it("is what was measured afterwards, before what training saw of itself", () => {
    const metrics = { "fit.valid/accuracy": 1, "fit.accuracy": 0.5, "score.accuracy": 0.9 };
    expect(mainMetric({ metrics, node: "fit" })).toEqual({
      key: "score.accuracy",
      name: "accuracy",
      value: 0.9,
      isMeasured: true,
      target: null,
    });
  });

  it("is that of the validation part if nothing else was measured", () => {
    expect(
      mainMetric({ metrics: { "fit.loss": 0.1, "fit.valid/accuracy": 0.8 }, node: "fit" }),
    ).toEqual({
      key: "fit.valid/accuracy",
      name: "accuracy",
      value: 0.8,
      isMeasured: false,
      target: null,
    });
  });

  it("is none if there is no number that everybody can read", () => {
    expect(
      mainMetric({ metrics: { "fit.loss": 0.1, "score.accuracy": null }, node: "fit" }),
    ).toBeNull();
  });

  it("has others beside it, best known first, also inside components", () => {
    const metrics = { "a/score.macro_f1": 0.7, "a/score.balanced_accuracy": 0.8 };
    expect(mainMetrics({ metrics, node: "a/fit" }).map((metric) => metric.name)).toEqual([
      "balanced_accuracy",
      "macro_f1",
    ]);
  });
});

it("writes structured settings as lines, without what is not set", () => {
  const settings = {
    epochs: 20,
    clip_norm: null,
    optimizer: { type: "adamw", betas: [0.9, 0.99], groups: [] },
  };
  expect(flatSettings(settings)).toEqual([
    { name: "epochs", value: "20" },
    { name: "optimizer.type", value: "adamw" },
    { name: "optimizer.betas", value: "[0.9,0.99]" },
  ]);
});

describe("where a model comes from", () => {
  const source = (node: string, path: string | null) => ({
    node,
    operator: "data.image_zip",
    name: node,
    path,
    settings: {},
    identity: null,
    fingerprint: null,
    samples: 80,
    parts: {},
  });

  it("leads from sources and parents over data and run to the model, centred", () => {
    const lineage = lineageOf({
      ...MODEL,
      sources: [source("one", ".netloom/uploads/d1/pets.zip"), source("two", "/srv/pets")],
      parents: [{ node: "pretrained", artifact: "b".repeat(64) }],
      trained_on: { node: "parts", samples: 160, parts: { train: 120, test: 40 } },
    });
    expect(lineage.cards.map(({ id, column, row, to }) => [id, column, row, to])).toEqual([
      ["source:one", 0, 0, "/data/d1"],
      ["source:two", 0, 1, null],
      [`parent:${"b".repeat(64)}`, 0, 2, `/models/${"b".repeat(64)}`],
      ["data", 1, 1, null],
      ["run", 2, 1, "/runs/r1"],
      ["model", 3, 1, null],
    ]);
    expect(lineage.links).toEqual([
      { from: "source:one", to: "data" },
      { from: "source:two", to: "data" },
      { from: "data", to: "run" },
      { from: `parent:${"b".repeat(64)}`, to: "run" },
      { from: "run", to: "model" },
    ]);
  });

  it("is short if nothing is known, and leads to no run that one may not see", () => {
    const { cards, links, columns } = lineageOf({ ...MODEL, run_right: null });
    expect(cards.map(({ id, to }) => [id, to])).toEqual([
      ["run", null],
      ["model", null],
    ]);
    expect([links, columns]).toEqual([[{ from: "run", to: "model" }], 2]);
  });

  it("finds the data set of a path", () => {
    expect(datasetOf("/home/ada/.netloom/uploads/x9/a.zip")).toBe("/data/x9");
    expect(datasetOf("/home/ada/uploads/x9/a.zip")).toBeNull();
  });
});

describe("what a prediction says", () => {
  it("marks the true label and never rounds to certainty", () => {
    const top = [
      { label: "cat", score: 0.99991 },
      { label: "dog", score: 0.00009 },
      { label: "cow", score: 0 },
    ];
    expect(scoreBars(top, "dog")).toEqual([
      { label: "cat", percent: "> 99.9 %", width: 99.991, isTrue: false },
      { label: "dog", percent: "< 0.1 %", width: 0.009000000000000001, isTrue: true },
      { label: "cow", percent: "0.0 %", width: 0, isTrue: false },
    ]);
    expect(scoreBars([{ label: "cat", score: 1 }], null)[0]?.percent).toBe("100.0 %");
  });

  it("tells times in milliseconds, or in seconds if there are many", () => {
    expect([0.0021, 0.0483, 1.26].map(formatMilliseconds)).toEqual(["2.1 ms", "48 ms", "1.3 s"]);
  });

  it("takes the picture's prediction out of the answer", () => {
    const top = [{ label: "cat", score: 1 }];
    const said = { label: "cat", score: 1 };
    const first = { top, prediction: said, drawing: "iVBO", width: 8, height: 9 };
    const predictions = [{ ...first, example: null, label: null }];
    expect(settled({ predictions, seconds: 0.1, load_seconds: 2 })).toEqual({
      top,
      prediction: said,
      drawing: "data:image/png;base64,iVBO",
      width: 8,
      height: 9,
      seconds: 0.1,
      loadSeconds: 2,
    });
  });
});

describe("a metric", () => {
  it("has the unit of what it measures", () => {
    expect(formatMetric({ name: "accuracy", value: 0.75 })).toBe("75.0 %");
    expect(formatMetric({ name: "gain_db", value: 8.125 })).toBe("+8.1 dB");
    expect(formatMetric({ name: "gain_db", value: -0.5 })).toBe("−0.5 dB");
    expect(formatMetric({ name: "psnr_db", value: 26.43 })).toBe("26.4 dB");
  });

  it("counts as an evaluation if another node than the training says it", () => {
    expect(isEvaluated({ "fit.loss": 0.1 }, "fit")).toBe(false);
    expect(isEvaluated({ "fit.loss": 0.1, "score.mean_iou": 0.5 }, "fit")).toBe(true);
  });
});
