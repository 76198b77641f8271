import { describe, expect, it } from "vitest";
import { hintsOf } from "./hints";
import { classOf, findingsWith } from "./surveyed.testing";

const idsOf = (changes: Parameters<typeof findingsWith>[0]) =>
  hintsOf(findingsWith(changes)).map((hint) => hint.id);

describe("hints for a data set", () => {
  it("say so if nothing is wrong", () => {
    expect(hintsOf(findingsWith())).toEqual([{ id: "fine", severity: "good", values: {} }]);
  });

  it("name the classes with few images, some of them", () => {
    const names = ["a", "b", "c", "d"];
    const few = names.map((name) => classOf(name, 9));
    expect(hintsOf(findingsWith({ classes: [classOf("e", 10), ...few] }))).toEqual([
      {
        id: "fewImages",
        severity: "warning",
        values: { count: 4, few: 10, names: "a, b, c …" },
      },
    ]);
  });

  it("warn when a class has five times the images of another", () => {
    expect(idsOf({ classes: [classOf("cat", 49), classOf("dog", 10)] })).toEqual(["fine"]);
    expect(hintsOf(findingsWith({ classes: [classOf("dog", 10), classOf("cat", 54)] }))).toEqual([
      { id: "imbalance", severity: "warning", values: { most: "cat", least: "dog", ratio: 5 } },
    ]);
  });

  it("begin with what spoils results, and lead to where it can be seen", () => {
    const group = { num_groups: 1, num_images: 2, groups: [[0, 1]] };
    const hints = hintsOf(
      findingsWith({
        duplicates: group,
        conflicts: group,
        num_unlabelled: 3,
        leaks: [
          { part: "valid", num_images: 0, samples: [] },
          { part: "test", num_images: 4, samples: [7] },
        ],
        skipped: { total: 2, files: [] },
      }),
    );
    expect(hints.map(({ id, severity, tab }) => [id, severity, tab])).toEqual([
      ["skipped", "problem", undefined],
      ["conflicts", "problem", "duplicates"],
      ["leak", "problem", "duplicates"],
      ["unlabelled", "warning", "gallery"],
      ["duplicates", "warning", "duplicates"],
    ]);
  });

  it("tell that one class, or none, cannot be learned", () => {
    expect(idsOf({ classes: [] })).toEqual(["noClasses"]);
    expect(idsOf({ classes: [classOf("cat", 50)] })).toEqual(["oneClass"]);
  });

  it("mention tiny pictures beside that nothing is wrong", () => {
    const tiny = { min: 8, median: 8, max: 8, bars: [] };
    expect(idsOf({ width: tiny, height: tiny })).toEqual(["fine", "tiny"]);
  });
});
