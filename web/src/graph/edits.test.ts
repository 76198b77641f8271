import { describe, expect, it } from "vitest";
import type { Edit, Graph, GraphNode } from "@/editor/types";
import { difference } from "./difference";
import { applyEdits, BadEdit } from "./edits";
import shared from "./edits.cases.json";
import { readLayout, setCollapsed, setGroup, setNote, setSize } from "./groups";
import { nodeOf } from "./reading";
import { digits, graphOf, node, sheetOf } from "./testing";

/** Without what has its default, as the server writes graphs. */
function plain(nodes: readonly GraphNode[]): unknown[] {
  return nodes.map(({ id, op, settings, inputs, ...keys }) => ({
    id,
    op,
    settings,
    inputs,
    ...Object.fromEntries(Object.entries(keys).filter(([, value]) => value)),
  }));
}

const start: Graph = { nodes: shared.before as unknown as GraphNode[], components: {} };
const edited = (edits: readonly Edit[]) => applyEdits(sheetOf(start), edits).graph;

// `tests/contracts/test_edit_cases.py` asks the same of the server.
describe("the cases shared with the server", () => {
  it.each(shared.cases.map(({ edits, after }, index) => ({ index, edits, after })))(
    "case $index",
    ({ edits, after }) => {
      if (after === null) {
        expect(() => edited(edits as Edit[])).toThrow(BadEdit);
      } else {
        expect(plain(edited(edits as Edit[]).nodes)).toEqual(after);
      }
    },
  );
});

/** Numbers that look random but are the same each time. */
function dice(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function randomEdit(graph: Graph, below: (limit: number) => number, fresh: string): Edit {
  const pick = () => graph.nodes[below(graph.nodes.length)]?.id ?? "none";
  const id = pick();
  const edits: Edit[] = [
    { kind: "add_node", node: node(fresh, "train", { dataset: pick() }) },
    { kind: "add_node", node: node(`${fresh}b`, "evaluate", { model: [pick(), pick()] }) },
    { kind: "remove_node", node: id },
    { kind: "rename_node", node: id, new: fresh },
    { kind: "set_setting", node: id, setting: `a.b${below(3)}`, value: below(100) },
    { kind: "reset_setting", node: id, setting: `a.b${below(3)}` },
    { kind: "connect", node: id, port: `p${below(3)}`, source: pick(), many: below(2) === 1 },
    { kind: "move_node", node: id, x: below(1000), y: below(1000) },
    { kind: "set_node_key", node: id, key: "note", value: `note ${below(9)}` },
  ];
  return edits[below(edits.length)] as Edit;
}

describe("any edits", () => {
  it("replace only the nodes that differ, and leave no reference to a node that went", () => {
    const below = dice(11);
    let sheet = sheetOf(digits);
    let applied = 0;
    for (let step = 0; step < 500; step++) {
      const before = sheet.graph;
      const edit = randomEdit(before, below, `n${step}`);
      try {
        sheet = applyEdits(sheet, [edit]);
      } catch (problem) {
        expect(problem).toBeInstanceOf(BadEdit);
        continue;
      }
      applied += 1;
      const replaced = sheet.graph.nodes.filter((each) => nodeOf(before, each.id) !== each);
      const named = replaced.map((each) => each.id).filter((id) => !namedBy(edit).includes(id));
      const changed = difference(before, sheet.graph);
      expect(named.filter((id) => !changed.has(id))).toEqual([]);
      const ids = sheet.graph.nodes.map((each) => each.id);
      expect(new Set(ids).size).toBe(ids.length);
      const references = sheet.graph.nodes.flatMap((each) => Object.values(each.inputs).flat());
      expect(references.filter((each) => each.split(".")[0] === gone(edit))).toEqual([]);
    }
    expect(applied).toBeGreaterThan(400);
  });

  it("never change what was there before", () => {
    const frozen = JSON.stringify(digits);
    applyEdits(sheetOf(digits), [
      { kind: "set_setting", node: "model", setting: "backbone.depth", value: 5 },
      { kind: "rename_node", node: "resized", new: "small" },
      { kind: "remove_node", node: "digits" },
    ]);
    expect(JSON.stringify(digits)).toBe(frozen);
  });
});

function namedBy(edit: Edit): string[] {
  return edit.kind === "add_node"
    ? [edit.node.id]
    : edit.kind === "rename_node"
      ? [edit.new]
      : edit.kind === "set_canvas"
        ? []
        : [edit.node];
}

function gone(edit: Edit): string | null {
  return edit.kind === "remove_node" || edit.kind === "rename_node" ? edit.node : null;
}

describe("positions", () => {
  const placed = { ...sheetOf(digits), layout: { fit: { x: 8, y: 16 }, model: { x: 0, y: 0 } } };

  it("follow a node that gets another id and go with one that goes", () => {
    const sheet = applyEdits(placed, [
      { kind: "rename_node", node: "fit", new: "training" },
      { kind: "remove_node", node: "model" },
    ]);
    expect(sheet.layout).toEqual({ training: { x: 8, y: 16 } });
  });

  it("change without changing the graph", () => {
    const sheet = applyEdits(placed, [{ kind: "move_node", node: "fit", x: 24, y: 32 }]);
    expect(sheet.graph).toBe(digits);
    expect(sheet.layout.fit).toEqual({ x: 24, y: 32 });
  });
});

describe("what the canvas keeps", () => {
  const group = { id: "g1", title: "Training", nodes: ["fit", "model"] };
  const note = { id: "n1", text: "see the paper", x: 8, y: 16, width: 240, height: 80 };

  it("reads back as it was set", () => {
    const { canvas } = applyEdits(sheetOf(digits), [
      setGroup(group),
      setNote(note),
      setCollapsed("fit", true),
      setSize("fit", { width: 300, height: 200 }),
    ]);
    const written = {
      fit: [1, 2],
      $groups: { g1: { title: "Training", nodes: ["fit", "model"] } },
      $notes: { n1: { text: "see the paper", x: 8, y: 16, width: 240, height: 80 } },
      $collapsed: { fit: true },
      $sizes: { fit: [300, 200] },
    };
    expect(readLayout(written)).toEqual({ layout: { fit: { x: 1, y: 2 } }, canvas });
  });

  it("leaves out what is malformed in the text", () => {
    const { layout, canvas } = readLayout({
      fit: "here",
      a: [1],
      $groups: [1],
      $sizes: { fit: 3 },
    });
    expect({ layout, sizes: canvas.sizes }).toEqual({ layout: {}, sizes: {} });
  });
});

it("an edit of a node that does not exist says so", () => {
  const edit: Edit = { kind: "set_setting", node: "none", setting: "a", value: 1 };
  expect(() => applyEdits(sheetOf(graphOf()), [edit])).toThrow(
    expect.objectContaining({ reason: { key: "edit.noNode", values: { node: "none" } } }),
  );
});
