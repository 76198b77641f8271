import { describe, expect, it } from "vitest";
import { smoothed } from "./smoothing";

describe("smoothing", () => {
  it("changes nothing without a weight", () => {
    const values = [1, null, 3];
    expect(smoothed(values, 0)).toBe(values);
  });

  it("begins at the first value instead of being pulled towards zero", () => {
    expect(smoothed([4, 4, 4], 0.9).map((value) => value?.toFixed(9))).toEqual([
      "4.000000000",
      "4.000000000",
      "4.000000000",
    ]);
  });

  it("is the weighted mean of what was", () => {
    // weights 0.25, 0.5 for two points: (0.25·2 + 0.5·8) / 0.75
    const [first, second] = smoothed([2, 8], 0.5);
    expect(first).toBe(2);
    expect(second).toBeCloseTo(6, 12);
  });

  it("keeps gaps and goes on behind them", () => {
    expect(smoothed([2, null, 8], 0.5)).toEqual([2, null, smoothed([2, 8], 0.5)[1]]);
  });
});
