import { describe, expect, it } from "vitest";
import { type Dataset, nameOfFile, newestOf, resumable, spreadNumbers } from "./datasets";
import { columnsFor, movedBy } from "./galleryLayout";
import { pagesOf } from "./sampleWindow";
import { remainingS, SpeedMeter } from "./speedMeter";
import { datasetWith } from "./surveyed.testing";

const dataset = (changes: Partial<Dataset>): Dataset => datasetWith(changes);

it("shows the newest version that has arrived of each name and owner", () => {
  const shown = newestOf([
    dataset({ id: "half", version: 3, is_complete: false }),
    dataset({ id: "old", version: 1, created: 100 }),
    dataset({ id: "new", version: 2, created: 200 }),
    dataset({ id: "other", owner: "bob", version: 1, created: 300 }),
  ]);
  expect(shown.map((each) => each.id)).toEqual(["other", "new"]);
});

describe("a half-sent file", () => {
  const half = dataset({ is_complete: false, file_name: "my pets_(1).zip", size_bytes: 4 });
  const file = (name: string, content = "1234") => new File([content], name);

  it("is found again by name and size, whatever the server did to odd characters", () => {
    expect(resumable(file("my pets_(1).zip"), [half])).toBe(half);
    expect(resumable(file("my pets*(1).zip"), [half])).toBe(half);
  });

  it("is not taken for a file of another name or size, nor somebody else's", () => {
    expect(resumable(file("pets.zip"), [half])).toBeUndefined();
    expect(resumable(file("my pets_(1).zip", "12345"), [half])).toBeUndefined();
    expect(resumable(file("my pets_(1).zip"), [{ ...half, right: "read" }])).toBeUndefined();
    expect(resumable(file("my pets_(1).zip"), [{ ...half, is_complete: true }])).toBeUndefined();
  });
});

it("spreads a few pictures over all of them", () => {
  expect(spreadNumbers(100, 4)).toEqual([12, 37, 62, 87]);
  expect(spreadNumbers(2, 4)).toEqual([0, 1]);
  expect(spreadNumbers(0, 4)).toEqual([]);
});

it("names a data set after its file", () => {
  expect(nameOfFile("sea_shells  2024.zip")).toBe("sea shells 2024");
  expect(nameOfFile(".zip")).toBe(".zip");
});

describe("the gallery", () => {
  it("has as many columns as fit, at least one", () => {
    expect([columnsFor(1000, 100, 6), columnsFor(99, 100, 6), columnsFor(0, 100, 6)]).toEqual([
      9, 1, 1,
    ]);
  });

  it.each([
    ["ArrowRight", 3, 4],
    ["ArrowRight", 9, 9],
    ["ArrowDown", 3, 7],
    ["ArrowDown", 7, 7],
    ["ArrowUp", 3, 3],
    ["PageDown", 0, 9],
    ["End", 2, 9],
    ["Home", 2, 0],
    ["x", 2, null],
  ])("%s leads from %i to %s among ten in four columns", (key, from, to) => {
    expect(movedBy(key, from, 4, 10)).toBe(to);
  });

  it("asks for the pages in view", () => {
    expect(pagesOf(0, 50)).toEqual([0]);
    expect(pagesOf(150, 450)).toEqual([0, 1, 2]);
    expect(pagesOf(-1, 1)).toEqual([0]);
  });
});

it("tells the speed of the last seconds, and how long the rest takes", () => {
  let ms = 0;
  const meter = new SpeedMeter(() => ms);
  meter.note(0);
  expect(meter.bytesPerS()).toBeNull();
  ms = 1000;
  meter.note(500);
  expect(meter.bytesPerS()).toBe(500);
  ms = 10_000;
  meter.note(1400);
  expect(meter.bytesPerS()).toBe(100);
  expect(remainingS(1400, 2400, 100)).toBe(10);
  expect(remainingS(1400, 2400, 0)).toBeNull();
});
