import { describe, expect, it } from "vitest";
import { dataSummary } from "./dataSummary";
import { isAnnotated, type Preview, pictureUrl, resizedUrl } from "./samples";

const preview = (changes: Partial<Preview>): Preview => ({
  kind: "dataset",
  artifact: "a1",
  media_type: "application/vnd.netloom.dataset",
  size_bytes: 100,
  summary: { task: "image_classification" },
  num_samples: 412,
  num_pairs: null,
  objects: null,
  texts: null,
  parts: {},
  classes: [
    { name: "cat", num_images: 400, parts: {} },
    { name: "none", num_images: 12, parts: {} },
  ],
  images: [],
  table: null,
  file: null,
  ...changes,
});

const DETECTION = preview({
  summary: { task: "object_detection" },
  objects: {
    num_objects: 1300,
    num_annotated: 400,
    per_image: 3.25,
    classes: [
      { name: "dog", num_objects: 300, num_images: 250 },
      { name: "cat", num_objects: 1000, num_images: 390 },
    ],
    sizes: { small: 100, medium: 700, large: 500 },
  },
});

describe("a data set in a few words", () => {
  it("counts the pictures of each class, and those without one", () => {
    expect(dataSummary(preview({}))).toEqual({
      facts: [{ id: "pictures", count: 412 }],
      counted: "pictures",
      bars: [
        { name: "cat", count: 400 },
        { name: "none", count: 12 },
      ],
      sizes: [],
    });
  });

  it("counts objects where there are some, the most frequent class first", () => {
    expect(dataSummary(DETECTION)).toEqual({
      facts: [
        { id: "pictures", count: 412 },
        { id: "objects", count: 1300 },
        { id: "perImage", count: 3.25 },
      ],
      counted: "objects",
      bars: [
        { name: "cat", count: 1000 },
        { name: "dog", count: 300 },
      ],
      sizes: [
        { name: "small", count: 100 },
        { name: "medium", count: 700 },
        { name: "large", count: 500 },
      ],
    });
  });

  it("counts texts or pairs, of which no class is missing", () => {
    const none = [{ name: "none", num_images: 412, parts: {} }];
    const texts = { num_texts: 412, num_characters: 5000 };
    const lines = dataSummary(preview({ texts, classes: none }));
    expect(lines.facts.map(({ id, count }) => `${id} ${count}`)).toEqual([
      "pictures 412",
      "texts 412",
      "characters 5000",
    ]);
    expect(lines.bars).toEqual([]);
    const pairs = dataSummary(preview({ num_pairs: 400, classes: none }));
    expect(pairs.facts[1]).toEqual({ id: "pairs", count: 400 });
    expect(pairs.bars).toEqual([]);
  });

  it("has something to draw if more than a class is known", () => {
    expect([preview({}), DETECTION, preview({ num_pairs: 1 })].map(isAnnotated)).toEqual([
      false,
      true,
      true,
    ]);
  });
});

describe("addresses of pictures", () => {
  const place = { run: "r1", node: "part/my data", port: "out", artifact: "a1" };

  it("name the output, the size, and whether nothing is to be drawn", () => {
    expect(pictureUrl(place, 3, { size: 160, isPlain: true })).toBe(
      "/api/v1/runs/r1/nodes/part/my%20data/samples/3/image?output=out&size=160&plain=true",
    );
    expect(pictureUrl(place, 0, {})).toMatch(/image\?output=out$/);
  });

  it("change their size", () => {
    expect(resizedUrl("/x/image?size=160&output=size", 80)).toBe("/x/image?size=80&output=size");
  });
});
