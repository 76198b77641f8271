import { expect, it } from "vitest";
import type { Edge } from "@/graph/connecting";
import { drawSvg } from "./drawing";
import type { NodeView } from "./nodeView";

const view = (id: string, inputs: string[], outputs: string[]) =>
  ({
    node: { id, op: id },
    operator: {
      group: "data",
      title: `<${id}>`,
      inputs: inputs.map((name) => ({ name, type: "Dataset" })),
      outputs: outputs.map((name) => ({ name, type: "Dataset" })),
    },
    lines: [{ kind: "text", tone: "settings", text: "valid 0.1" }],
    isCollapsed: false,
  }) as unknown as NodeView;

it("draws each node, each port and each connection, with texts escaped", () => {
  const edge: Edge = {
    id: "a.out→b.in",
    source: { node: "a", port: "out" },
    target: { node: "b", port: "in" },
    isWired: true,
    reference: "a",
  };
  const svg = drawSvg({
    views: new Map([
      ["a", view("a", [], ["out"])],
      ["b", view("b", ["in"], [])],
    ]),
    boxes: new Map([
      ["a", { x: 0, y: 0, width: 240, height: 100 }],
      ["b", { x: 320, y: 0, width: 240, height: 100 }],
    ]),
    edges: [edge, { ...edge, id: "gone", source: { node: "gone", port: "out" } }],
    colour: () => "#123456",
  });
  const page = new DOMParser().parseFromString(svg, "image/svg+xml");
  const texts = [...page.querySelectorAll("text")].map((text) => text.textContent);
  expect(texts).toEqual(["a", "<a>", "out", "valid 0.1", "b", "<b>", "in", "valid 0.1"]);
  expect(page.documentElement.getAttribute("viewBox")).toBe("-48 -48 656 196");
  expect(page.querySelectorAll("path[stroke-dasharray]")).toHaveLength(1);
});
