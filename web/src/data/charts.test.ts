import { describe, expect, it } from "vitest";
import { barShares, classBars, columnsOf } from "./charts";
import { classOf, findingsWith } from "./surveyed.testing";

describe("bars of classes", () => {
  const findings = findingsWith({
    classes: [
      classOf("10", 5, { test: 1, train: 4 }),
      classOf("9", 20, { valid: 2, train: 18 }),
      classOf("2", 10),
    ],
  });

  it("are ordered by number, or by name as people count", () => {
    const names = (order: "count" | "name") => classBars(findings, order, 10).map((bar) => bar.id);
    expect(names("count")).toEqual(["9", "2", "10"]);
    expect(names("name")).toEqual(["2", "9", "10"]);
  });

  it("have their parts in the order of training, and warn below a number", () => {
    expect(
      classBars(findings, "count", 10).map(({ parts, isWarning }) => [parts, isWarning]),
    ).toEqual([
      [{ train: 18, valid: 2 }, false],
      [{}, false],
      [{ train: 4, test: 1 }, true],
    ]);
  });

  it("are measured by the longest", () => {
    expect(barShares(classBars(findings, "count", 10))).toEqual([
      [
        { id: "train", percent: 90 },
        { id: "valid", percent: 10 },
      ],
      [{ id: "all", percent: 50 }],
      [
        { id: "train", percent: 20 },
        { id: "test", percent: 5 },
      ],
    ]);
  });

  it("are empty, not infinite, when there is nothing to count", () => {
    expect(barShares([{ id: "a", name: "a", value: 0, parts: {} }])).toEqual([
      [{ id: "all", percent: 0 }],
    ]);
  });
});

it("columns of a histogram show what is rare, and nothing where there is nothing", () => {
  const bars = [
    { low: 1, high: 9, num_images: 1000 },
    { low: 10, high: 19, num_images: 0 },
    { low: 20, high: 29, num_images: 1 },
  ];
  expect(columnsOf(bars)).toEqual([
    { low: 1, high: 9, value: 1000, percent: 100 },
    { low: 10, high: 19, value: 0, percent: 0 },
    { low: 20, high: 29, value: 1, percent: 2 },
  ]);
});
