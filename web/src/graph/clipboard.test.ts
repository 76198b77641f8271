// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${…} is how the pipeline file writes references
import { describe, expect, it } from "vitest";
import { NotNodes, pasteEdits, textOfNodes } from "./clipboard";
import { applyEdits } from "./edits";
import { nodeOf } from "./reading";
import { catalogue, digits, graphOf, node, sheetOf } from "./testing";

const at = { x: 100, y: 200 };
const layout = { fit: { x: 40, y: 8 }, model: { x: 8, y: 64 } };
const copied = textOfNodes(digits, layout, new Set(["model", "fit"]));

function pasted(text: string, graph = digits, keepsInputs = false) {
  const { edits, ids } = pasteEdits(text, { catalogue, graph, at, keepsInputs });
  const sheet = applyEdits(sheetOf(graph), edits);
  return { ids, layout: sheet.layout, nodes: ids.map((id) => nodeOf(sheet.graph, id)) };
}

describe("copying", () => {
  it("writes the short forms of the pipeline file, with positions", () => {
    expect(copied).toBe(`\
nodes:
  model: {op: models.classifier, backbone: {type: convnet, depth: 2}}
  fit: {op: train, model: model, dataset: resized, epochs: 20}
layout:
  model: [8, 64]
  fit: [40, 8]
`);
  });

  it("keeps references where the pipeline's text has them", () => {
    const text = 'nodes:\n  resized: {op: image.resize, images: parts, size: "${vars.size}"}\n';
    expect(textOfNodes(digits, {}, new Set(["resized"]), text)).toBe(`\
nodes:
  resized: {op: image.resize, images: parts, size: "\${vars.size}"}
`);
  });
});

describe("pasting", () => {
  it("adds nodes under free ids, connected with each other, where the pointer is", () => {
    expect(pasted(copied)).toEqual({
      ids: ["model2", "fit2"],
      layout: { fit2: { x: 132, y: 200 }, model2: { x: 100, y: 256 } },
      nodes: [
        node("model2", "models.classifier", {}, { backbone: { type: "convnet", depth: 2 } }),
        node("fit2", "train", { model: "model2" }, { epochs: 20 }),
      ],
    });
  });

  it("keeps connections from nodes that are there, if that is wanted", () => {
    const [, fit] = pasted(copied, digits, true).nodes;
    expect(fit?.inputs).toEqual({ model: "model2", dataset: "resized" });
    const [, alone] = pasted(copied, graphOf(), true).nodes;
    expect(alone?.inputs).toEqual({ model: "model" });
  });

  it("gives back any settings as they were", () => {
    const settings = {
      literal: "costs $${5} and ${6}",
      bound: { $template: "${vars.size}" },
      nested: { list: [1, "no", null, { $template: "a ${x}" }], yes: true },
      date: "2026-01-31",
      number: 1e-3,
    };
    const original = {
      ...node("odd", "image.resize", {}, settings),
      note: "see ${this}",
      retries: 3,
      needs: { gpus: 1 },
      timeout_s: 60,
    };
    const text = textOfNodes(graphOf(original), {}, new Set(["odd"]));
    expect(pasted(text, graphOf()).nodes).toEqual([original]);
  });

  it("takes a whole pipeline file, or nodes without a heading, also of operators that are gone", () => {
    expect(pasted("netloom: 1\nnodes:\n  a: {op: data.digits}\n").ids).toEqual(["a"]);
    const bare = pasted("a: {op: old.one, x: b.out, y: text}\nb: {op: data.digits}\n");
    expect(bare.nodes).toEqual([
      node("a", "old.one", { x: "b.out" }, { y: "text" }),
      node("b", "data.digits"),
    ]);
    expect(bare.layout).toEqual({ a: { x: 100, y: 200 }, b: { x: 100, y: 320 } });
  });

  it.each([
    ["nodes: {a: [1}", "paste.syntax"],
    ["just text", "paste.noNodes"],
    ["nodes: {}", "paste.noNodes"],
    ["a: {b: c}", "paste.noNodes"],
    ["'1x': {op: train}", "paste.noNodes"],
    ["", "paste.noNodes"],
  ])("says what is wrong with %j", (text, key) => {
    expect(() => pasted(text)).toThrow(NotNodes);
    expect(() => pasted(text)).toThrow(
      expect.objectContaining({ reason: expect.objectContaining({ key }) }),
    );
  });
});
