import { describe, expect, it } from "vitest";
import { snap } from "./guides";

const box = (x: number, y: number, width = 240, height = 80) => ({ x, y, width, height });

describe("snap", () => {
  it("rests on the grid where nothing attracts", () => {
    expect(snap(box(101, 203), [], 6)).toEqual({ position: { x: 104, y: 200 }, guides: [] });
  });

  it("aligns left edges within reach and shows the line over both boxes", () => {
    expect(snap(box(103, 300), [box(100, 0)], 6)).toEqual({
      position: { x: 100, y: 304 },
      guides: [{ axis: "x", at: 100, start: 0, end: 384 }],
    });
  });

  it("aligns middles of boxes of different sizes", () => {
    const { position } = snap(box(49, 400, 100), [box(0, 0, 200)], 6);
    expect(position).toEqual({ x: 50, y: 400 });
  });

  it("prefers the nearest of several", () => {
    const { position } = snap(box(104, 400), [box(100, 0), box(105, 1000)], 6);
    expect(position.x).toBe(105);
  });

  it("aligns along both axes at once", () => {
    const { position, guides } = snap(box(302, 3), [box(0, 0), box(300, 500)], 6);
    expect(position).toEqual({ x: 300, y: 0 });
    expect(guides.map(({ axis }) => axis)).toEqual(["x", "y"]);
  });
});
