import { describe, expect, it } from "vitest";
import { formatMetric, mainMetric } from "./mainMetric";

describe("mainMetric", () => {
  it("takes an evaluation's accuracy before what training says", () => {
    const metrics = { "fit.loss": 0.2, "fit.valid/accuracy": 0.99, "score.accuracy": 0.975 };
    expect(mainMetric(metrics)).toEqual({
      key: "score.accuracy",
      name: "accuracy",
      value: 0.975,
      isShare: true,
    });
  });

  it("takes the loss where there is nothing better", () => {
    expect(mainMetric({ "fit.loss": 0.25, "fit.learning_rate": 0.1 })?.key).toBe("fit.loss");
  });

  it("leaves out what is not a number", () => {
    expect(mainMetric({ "score.accuracy": null, "fit.loss": null })).toBeNull();
  });

  it("knows names behind several dots only by the part after the node", () => {
    expect(mainMetric({ "a.b.accuracy": 1 })).toBeNull();
  });
});

describe("formatMetric", () => {
  it("writes shares as per cent and losses as numbers", () => {
    const metric = { key: "a.b", name: "b" };
    expect(formatMetric({ ...metric, value: 0.9754, isShare: true })).toBe("97.5 %");
    expect(formatMetric({ ...metric, value: 0.25, isShare: false })).toBe("0.25");
  });
});
