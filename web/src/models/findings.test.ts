import { expect, it } from "vitest";
import { enhancedOf, findingsOf } from "./findings";

it("lists objects with how sure the model is", () => {
  const found = findingsOf({
    objects: [
      { label: "cat", score: 0.9, box: [0, 0, 4, 4] },
      { label: "sign", text: "STOP", score: 0.5, box: [1, 1, 2, 2] },
      { label: "dog", score: 0.1, box: [0, 0, 3, 3] },
    ],
  });
  expect(found).toEqual({
    text: null,
    things: [
      { label: "cat", share: 0.9 },
      { label: "sign: STOP", share: 0.5 },
    ],
    guesses: [{ label: "dog", share: 0.1 }],
    facts: [],
  });
});

it("lists the classes that cover something, largest first", () => {
  const { things } = findingsOf({ classes: { sky: 0.2, road: 0.8, car: 0 }, segments: [] });
  expect(things).toEqual([
    { label: "road", share: 0.8 },
    { label: "sky", share: 0.2 },
  ]);
});

it("says what was read, and numbers in words", () => {
  const found = findingsOf({ text: "1984", score: 0.75, image: "A".repeat(500), median_m: 2.5 });
  expect(found.text).toBe("1984");
  expect(found.facts.map(({ name }) => name)).toEqual(["score", "median m"]);
});

it("tells nothing found from nothing looked for", () => {
  expect(findingsOf({ objects: [] }).things).toEqual([]);
  expect(findingsOf({ depth: 3 }).things).toBeNull();
});

it("gives the better picture as an address, and says its size nowhere else", () => {
  const prediction = { width: 12, height: 8, image: "AAAA" };
  expect(enhancedOf(prediction)).toEqual({
    url: "data:image/png;base64,AAAA",
    width: 12,
    height: 8,
  });
  expect(findingsOf(prediction).facts).toEqual([]);
  expect(enhancedOf({ text: "1984", width: 12 })).toBeNull();
});
