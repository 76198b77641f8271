import { describe, expect, it } from "vitest";
import { refined, stepsWithin } from "./curveQueries";
import {
  aligned,
  type CurveSeries,
  extended,
  placed,
  summaryOf,
  thinned,
  valueNear,
} from "./curves";

const series: CurveSeries = {
  id: "a",
  label: "a",
  steps: [0, 10, 20],
  values: [1, null, -3],
  times: [100, 101, 103],
};

describe("curves on an axis", () => {
  it("are placed by step, time since the start, or time of day", () => {
    expect(placed(series, "step")).toEqual({ xs: [0, 10, 20], ys: [1, null, -3] });
    expect(placed(series, "relative").xs).toEqual([0, 1, 3]);
    expect(placed({ ...series, startedAt: 90 }, "relative").xs).toEqual([10, 11, 13]);
    expect(placed(series, "wall").xs).toEqual([100, 101, 103]);
  });

  it("keep the last value of an epoch, and leave out what has none", () => {
    const epochs = [null, 1, 1];
    expect(placed({ ...series, epochs }, "epoch")).toEqual({ xs: [1], ys: [-3] });
  });

  it("have gaps where a scale cannot show a value", () => {
    expect(placed(series, "step", (value) => value > 0).ys).toEqual([1, null, null]);
  });

  it("are joined: no point is no gap, a value that is no number is one", () => {
    const joined = aligned([
      { xs: [0, 2], ys: [1, 2] },
      { xs: [1, 2, 3], ys: [5, null, 7] },
    ]);
    expect(joined).toEqual([
      [0, 1, 2, 3],
      [1, undefined, 2, undefined],
      [undefined, 5, null, 7],
    ]);
    expect(aligned([])).toEqual([[]]);
  });

  it("tell the value nearest to the pointer", () => {
    const curve = { xs: [0, 10, 20], ys: [1, 2, 3] };
    expect([-5, 4, 6, 15.1, 99].map((x) => valueNear(curve, x))).toEqual([1, 1, 2, 3, 3]);
    expect(valueNear({ xs: [], ys: [] }, 0)).toBeUndefined();
  });

  it("are summed up without what is no number", () => {
    expect(summaryOf([2, null, -1, 3, null])).toEqual({ last: 3, min: -1, max: 3 });
    expect(summaryOf([null])).toEqual({ last: null, min: null, max: null });
  });
});

describe("curves that grow", () => {
  const points = { steps: [1, 2, 3], values: [0.1, 0.2, 0.3], times: [1, 2, 3] };

  it("take news at the end; after a checkpoint the news win", () => {
    const news = { steps: [2, 3, 4], values: [9, 8, 7], times: [5, 6, 7] };
    expect(extended(points, news)).toEqual({
      steps: [1, 2, 3, 4],
      values: [0.1, 9, 8, 7],
      times: [1, 5, 6, 7],
    });
    expect(extended(points, { steps: [], values: [], times: [] })).toBe(points);
  });

  it("are thinned so that extremes and ends stay", () => {
    const count = 10_000;
    const steps = Array.from({ length: count }, (_, at) => at);
    const values = steps.map((step) => (step === 1234 ? 99 : step === 5678 ? -99 : step % 3));
    const thin = thinned({ steps, values, times: steps }, 200);
    expect(thin.steps.length).toBeLessThanOrEqual(200);
    expect(thin.steps[0]).toBe(0);
    expect(thin.steps.at(-1)).toBe(count - 1);
    expect(thin.values).toContain(99);
    expect(thin.values).toContain(-99);
    expect(thin.steps).toEqual([...thin.steps].sort((a, b) => a - b));
    expect(thinned(points, 3)).toBe(points);
  });

  it("get finer points for the part in view", () => {
    expect(stepsWithin(series, "step", { from: 5, to: 12 })).toEqual({ first: 0, last: 20 });
    expect(stepsWithin(series, "wall", { from: 102, to: 102.5 })).toBeNull();
    const finer = { steps: [2, 3], values: [5, 6], times: [2, 3] };
    expect(refined({ steps: [0, 2, 4], values: [1, 2, 3], times: [0, 2, 4] }, finer)).toEqual({
      steps: [0, 2, 3, 4],
      values: [1, 5, 6, 3],
      times: [0, 2, 3, 4],
    });
  });
});
