import { describe, expect, it } from "vitest";
import { viewportFor } from "./useViewport";

const box = (x: number, y: number) => ({ x, y, width: 240, height: 120 });
const seen = { width: 1000, height: 800 };

describe("what is seen of a pipeline that is opened", () => {
  it("is all of it in the middle, at most in full size", () => {
    expect(viewportFor([box(0, 0), box(300, 200)], seen)).toEqual({ x: 230, y: 240, zoom: 1 });
  });

  it("is all of it made smaller, as long as it can be read", () => {
    const { x, zoom } = viewportFor([box(0, 0), box(1632, 0)], seen);
    expect([x, zoom]).toEqual([32, 0.5]);
  });

  it("is where it begins if it is too large", () => {
    const tall = [box(0, 3000), box(300, 0), box(600, 6000)];
    const { x, y, zoom } = viewportFor(tall, seen);
    expect([x, zoom]).toEqual([185, 0.75]);
    expect(y + 3000 * zoom).toBeCloseTo(800 / 3);
  });
});
