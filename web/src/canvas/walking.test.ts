import { expect, it } from "vitest";
import type { Edge } from "@/graph/connecting";
import { neighbourOf } from "./walking";

const box = (id: string, x: number, y: number) => ({ id, x, y, width: 240, height: 80 });
const edge = (from: string, to: string): Edge => ({
  id: `${from}→${to}`,
  source: { node: from, port: "out" },
  target: { node: to, port: "in" },
  isWired: false,
  reference: from,
});
const BOXES = [box("a", 0, 0), box("near", 320, 0), box("linked", 900, 400), box("below", 0, 200)];
const EDGES = [edge("a", "linked")];

it("follows a connection rather than going to what is near", () => {
  expect(neighbourOf("a", "right", BOXES, EDGES)).toBe("linked");
  expect(neighbourOf("linked", "left", BOXES, EDGES)).toBe("a");
});

it("goes to the nearest where no connection leads", () => {
  expect(neighbourOf("a", "right", BOXES, [])).toBe("near");
  expect(neighbourOf("a", "down", BOXES, EDGES)).toBe("below");
  expect(neighbourOf("a", "up", BOXES, EDGES)).toBeNull();
});

it("begins at the first node", () => {
  expect(neighbourOf(null, "right", BOXES, EDGES)).toBe("a");
});
