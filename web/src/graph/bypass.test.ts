import { describe, expect, it } from "vitest";
import { bypassEdits, partOf, passagesOf, sourceBehind } from "./bypass";
import shared from "./bypass.cases.json";
import { type Catalogue, createCatalogue, operatorOf, splitReference } from "./catalogue";
import { edgesOf, referenceTo } from "./connecting";
import { applyEdits } from "./edits";
import { nodeOf } from "./reading";
import { digits, graphOf, node, operator, sheetOf, catalogue as small } from "./testing";

const TYPES: Record<string, string[]> = shared.types;
const accepted = (type: string) =>
  Object.keys(TYPES).filter((given) => given === type || TYPES[given]?.includes(type));
const catalogue: Catalogue = createCatalogue(
  {
    problems: [],
    operators: Object.entries(shared.operators).map(([id, [inputs, outputs]]) =>
      operator(
        id,
        { ...inputs } as Record<string, string>,
        { ...outputs } as Record<string, string>,
      ),
    ),
  },
  {
    types: Object.keys(TYPES).map((id) => ({ id, family: id, title: id, accepts: accepted(id) })),
  },
);

// `tests/contracts/test_bypass_cases.py` asks the same of the server.
describe("the cases shared with the server", () => {
  it.each(shared.cases.map((each) => [each.title, each] as const))("%s", (_, each) => {
    const nodes = Object.entries(each.nodes).map(([id, [op, inputs]]) => ({
      ...node(id, String(op), { ...(inputs as object) }),
      bypass: (each.bypassed as string[]).includes(id),
    }));
    const graph = graphOf(...nodes);
    for (const [reference, expected] of Object.entries(each.sources)) {
      const [id, port] = splitReference(reference);
      const found = nodeOf(graph, id);
      const first = (found && operatorOf(catalogue, graph, found).outputs[0]?.name) ?? "";
      const source = sourceBehind(catalogue, graph, { node: id, port: port ?? first });
      expect(source && referenceTo(catalogue, graph, source)).toBe(expected);
    }
  });
});

const bypassed = (...ids: string[]) => applyEdits(sheetOf(digits), bypassEdits(digits, ids)).graph;

describe("a bypassed node", () => {
  it("hands on by one of its inputs, or by none", () => {
    const passages = passagesOf(small, bypassed("resized", "model"));
    expect([...passages].map(([id, ports]) => [id, [...ports]])).toEqual([
      ["resized", [["images", "images"]]],
      ["model", []],
    ]);
  });

  it("shows which connections pass it and which end there", () => {
    const graph = bypassed("resized", "model");
    const passages = passagesOf(small, graph);
    const parts = edgesOf(small, graph, []).map((edge) => [
      `${edge.source.node}→${edge.target.node}`,
      partOf(edge, (id) => passages.get(id) ?? null),
    ]);
    expect(Object.fromEntries(parts)).toEqual({
      "digits→parts": undefined,
      "parts→resized": "passes",
      "resized→fit": "passes",
      "model→fit": "stops",
      "fit→score": undefined,
      "resized→score": "passes",
    });
  });

  it("neither gives nor takes what follows by itself", () => {
    const wired = [
      { node: "score", port: "model", source: "fit" },
      { node: "parts", port: "dataset", source: "digits" },
    ];
    const loose = {
      ...digits,
      nodes: digits.nodes.map((each) => ({ ...each, inputs: {}, bypass: each.id === "fit" })),
    };
    expect(edgesOf(small, loose, wired).map(({ target }) => target.node)).toEqual(["parts"]);
  });
});

describe("the command", () => {
  it("bypasses those that are not, and uses all again once all are", () => {
    const one = bypassed("fit");
    expect(bypassEdits(one, ["fit", "score", "nobody"])).toEqual([
      { kind: "set_node_key", node: "score", key: "bypass", value: true },
    ]);
    const again = applyEdits(sheetOf(one), bypassEdits(one, ["fit"])).graph;
    expect(again).toEqual(digits);
  });
});
