import { expect, it } from "vitest";
import { formatMetric, mainMetric, mainMetrics } from "./metrics";

const LEFT = { column: "left", type: "binary", classes: ["no", "yes"] } as const;
const SPEND = { column: "spend", type: "number", classes: null } as const;
const model = (metrics: Record<string, number>, ...targets: (typeof LEFT | typeof SPEND)[]) => ({
  metrics,
  node: "fit",
  targets: targets.map((each) => ({ ...each, classes: each.classes && [...each.classes] })),
});

it("of one target has its plain name, and what was measured afterwards comes first", () => {
  const metrics = { "fit.valid/auc": 0.9, "score.auc": 0.75, "score.accuracy": 0.8, "score.f1": 0 };
  expect(mainMetrics(model(metrics, LEFT))).toEqual([
    { key: "score.auc", name: "auc", value: 0.75, isMeasured: true, target: null },
    { key: "score.accuracy", name: "accuracy", value: 0.8, isMeasured: true, target: null },
  ]);
  expect(mainMetric(model({ "fit.valid/rmse": 3 }, SPEND))).toMatchObject({
    name: "rmse",
    isMeasured: false,
  });
});

it("of several targets says which one it is about", () => {
  const metrics = {
    "score.left/auc": 0.75,
    "score.left/ks": 0.5,
    "score.left/average_precision": 0.4,
    "score.spend/rmse": 36.0944,
  };
  expect(
    mainMetrics(model(metrics, LEFT, SPEND)).map(({ target, name }) => [target, name]),
  ).toEqual([
    ["left", "auc"],
    ["left", "average_precision"],
    ["spend", "rmse"],
  ]);
});

it("is written as people write it", () => {
  expect(formatMetric({ name: "auc", value: 0.74759 })).toBe("0.748");
  expect(formatMetric({ name: "r2", value: -0.5 })).toBe("−0.500");
  expect(formatMetric({ name: "rmse", value: 36.094484 })).toBe("36.09");
  expect(formatMetric({ name: "accuracy", value: 0.7066 })).toBe("70.7 %");
});
