import { describe, expect, it } from "vitest";
import { readHead, usesOf, withHeadValue, withoutVariable, withVariable } from "./pipelineText";

const FLOW = `# digits
netloom: 1
name: digits
description: Classify digits.

vars: {size: 16}   # pixels

nodes:
  small: {op: image.resize, size: "\${vars.size}"}
`;
const BLOCK = "netloom: 1\nname: a\nvars:\n    size: 16 # pixels\n    rate: 0.1\nnodes: {}\n";

describe("head of a pipeline file", () => {
  it("is read", () => {
    expect(readHead(FLOW)).toEqual({
      name: "digits",
      description: "Classify digits.",
      variables: { size: 16 },
    });
    expect(readHead("")).toEqual({ name: "", description: "", variables: {} });
    expect(readHead("vars: [\n").variables).toEqual({});
  });

  it("is read around the nodes, wherever it stands", () => {
    const text =
      "nodes: # all\n  a: {op: x}\n\n# b\n  b:\n    op: y\nname: late\nlayout:\n  a: [0, 0]\nvars:\n  size: 1";
    expect(readHead(text)).toEqual({ name: "late", description: "", variables: { size: 1 } });
  });

  it("changes a name and nothing else", () => {
    expect(withHeadValue(FLOW, "name", "new: name")).toBe(
      FLOW.replace("name: digits", 'name: "new: name"'),
    );
  });

  it("gets a description where there is none", () => {
    expect(withHeadValue("netloom: 1\nname: a\nnodes: {}\n", "description", "What\nit does")).toBe(
      'netloom: 1\nname: a\ndescription: "What\\nit does"\nnodes: {}\n',
    );
    expect(
      readHead(withHeadValue("netloom: 1\ndescription:\nnodes: {}\n", "description", "x")),
    ).toEqual({ name: "", description: "x", variables: {} });
  });

  it("replaces a description of several lines", () => {
    const text = "name: a\ndescription: |\n  one\n  two\nnodes: {}\n";
    expect(withHeadValue(text, "description", "three")).toBe(
      "name: a\ndescription: three\nnodes: {}\n",
    );
  });
});

describe("variables", () => {
  it("are added to a mapping in braces", () => {
    expect(withVariable(FLOW, "rate", 0.1)).toBe(
      FLOW.replace("{size: 16}", "{size: 16, rate: 0.1}"),
    );
    expect(withVariable("vars: {}\nnodes: {}\n", "rate", [1, 2])).toBe(
      "vars: {rate: [1, 2]}\nnodes: {}\n",
    );
  });

  it("are added to a mapping with lines", () => {
    expect(withVariable(BLOCK, "fit", "crop")).toBe(
      BLOCK.replace("    rate: 0.1\n", "    rate: 0.1\n    fit: crop\n"),
    );
  });

  it("are added where there are none", () => {
    expect(withVariable("name: a\nnodes: {}\n", "rate", null)).toBe(
      "name: a\nvars: {rate: null}\nnodes: {}\n",
    );
    expect(withVariable("name: a\nvars:\nnodes: {}\n", "rate", 1)).toBe(
      "name: a\nvars: {rate: 1}\nnodes: {}\n",
    );
  });

  it("are quoted where they have to be", () => {
    expect(withVariable(FLOW, "names", "a, b")).toBe(
      FLOW.replace("{size: 16}", '{size: 16, names: "a, b"}'),
    );
  });

  it("change their value and keep the comment", () => {
    expect(withVariable(BLOCK, "size", 32)).toBe(BLOCK.replace("16", "32"));
  });

  it("are removed", () => {
    expect(withoutVariable(BLOCK, "size")).toBe(BLOCK.replace("    size: 16 # pixels\n", ""));
    expect(withoutVariable(FLOW, "size")).toBe(FLOW.replace("vars: {size: 16}   # pixels\n", ""));
    const two = FLOW.replace("{size: 16}", "{size: 16, rate: 0.1}");
    expect(withoutVariable(two, "rate")).toBe(FLOW);
    expect(withoutVariable(two, "size")).toBe(FLOW.replace("{size: 16}", "{rate: 0.1}"));
  });

  it("are counted where they are used", () => {
    expect(usesOf(FLOW, "size")).toBe(1);
    expect(usesOf(FLOW, "siz")).toBe(0);
  });
});
