import { expect, it } from "vitest";
import { shareAfterKey } from "./sliderShare";

it("moves by one, by ten, and to the ends", () => {
  expect(shareAfterKey(50, "ArrowRight", false)).toBe(51);
  expect(shareAfterKey(50.4, "ArrowLeft", false)).toBe(49);
  expect(shareAfterKey(50, "ArrowUp", true)).toBe(60);
  expect(shareAfterKey(50, "PageDown", true)).toBe(40);
  expect(shareAfterKey(50, "Home", false)).toBe(0);
  expect(shareAfterKey(50, "End", false)).toBe(100);
});

it("stays within the picture, and leaves other keys alone", () => {
  expect(shareAfterKey(99.5, "ArrowRight", false)).toBe(100);
  expect(shareAfterKey(4, "PageDown", false)).toBe(0);
  expect(shareAfterKey(50, "Tab", false)).toBeUndefined();
});
