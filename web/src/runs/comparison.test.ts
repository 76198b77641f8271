import { describe, expect, it } from "vitest";
import { differingRows, directionOf, metricRows, missingNodes } from "./comparison";

const change = (
  kind: "setting" | "input" | "data",
  name: string,
  before: unknown,
  after: unknown,
) => ({
  kind,
  name,
  before,
  after,
});
const comparison = (changes: ReturnType<typeof change>[], more = {}) => ({
  only_first: [],
  only_second: [],
  nodes: { fit: { changes } },
  ...more,
});

describe("runs side by side", () => {
  it("have a row for each thing that differs somewhere", () => {
    const rows = differingRows([
      comparison([change("setting", "epochs", 3, 5), change("input", "dataset", "x", "y")]),
      comparison([change("data", "path", "p", "q")]),
    ]);
    expect(rows).toEqual([
      { node: "fit", name: "epochs", kind: "setting", values: [3, 5, 3] },
      { node: "fit", name: "path", kind: "data", values: ["p", "p", "q"] },
    ]);
  });

  it("say which nodes are not in all of them", () => {
    const first = comparison([], { only_first: ["score"], only_second: ["extra"] });
    expect(missingNodes([first, first])).toEqual(["extra", "score"]);
  });

  it("mark the best value where the name tells what is better", () => {
    const runs = [0.5, 0.25].map((loss) => ({
      nodes: [{ id: "fit", metrics: { loss, accuracy: 1 - loss, samples: 100 * loss } }],
    }));
    expect(metricRows(runs as never)).toEqual([
      { node: "fit", name: "loss", values: [0.5, 0.25], best: [1] },
      { node: "fit", name: "accuracy", values: [0.5, 0.75], best: [1] },
      { node: "fit", name: "samples", values: [50, 25], best: [] },
    ]);
  });

  it("know losses and errors from scores", () => {
    const names = ["valid/loss", "calibration_error", "macro_f1", "cross_entropy", "learning_rate"];
    expect(names.map(directionOf)).toEqual(["lower", "lower", "higher", "lower", null]);
  });
});
