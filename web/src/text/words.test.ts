import { Text } from "@codemirror/state";
import { describe, expect, it } from "vitest";
import type { Schemas } from "@/api/client";
import { createCatalogue } from "@/graph/catalogue";
import settings from "@/inspector/form/fixtures/settings.json";
import { type Schema, settingFields } from "@/inspector/form/schema";
import { wantedAt } from "./completionContext";
import { wordsFor } from "./completions";
import { fileName } from "./fileName";
import { nodePlaces, placeAt } from "./nodePlaces";
import { problemMarks } from "./problemMarks";

const TEXT = `name: a
vars: {size: 16}
nodes:
  digits: {op: data.digits}
  small:  {op: image.resize, images: digits, size: "\${vars.size}"}
  fit:
    op: train
    dataset: small
`;

const operator = (id: string, inputs: string[], outputs: string[]): Schemas["OperatorSummary"] => ({
  id,
  title: id,
  summary: "",
  group: "",
  group_title: "",
  is_job: true,
  is_source: false,
  stand_in: null,
  inputs: inputs.map((name) => ({ name, type: "Dataset", required: true, many: false, help: "" })),
  outputs: outputs.map((name) => ({ name, type: "Dataset", help: "", preview: null })),
});

const source = {
  catalogue: createCatalogue(
    {
      operators: [
        operator("data.digits", [], ["out"]),
        operator("image.resize", ["images"], ["out"]),
        operator("train", ["model", "dataset"], ["model", "history"]),
      ],
      problems: [],
    },
    { types: [] },
  ),
  fieldsOf: async (id: string) =>
    settingFields((settings as unknown as Record<string, Schema>)[id] ?? {}),
};

/** The words offered at the bar in a text. */
async function offered(marked: string): Promise<string[]> {
  const position = marked.indexOf("|");
  const text = marked.replace("|", "");
  const places = nodePlaces(text);
  const wanted = wantedAt(text, position, places);
  const words = wanted === null ? [] : await wordsFor(wanted, { text, places, source });
  return words.map(({ label }) => label);
}

describe("nodes in the text", () => {
  it("are found with their operators", () => {
    expect(nodePlaces(TEXT).map(({ id, op }) => [id, op])).toEqual([
      ["digits", "data.digits"],
      ["small", "image.resize"],
      ["fit", "train"],
    ]);
    expect(placeAt(nodePlaces(TEXT), TEXT.indexOf("dataset:"))?.id).toBe("fit");
    expect(placeAt(nodePlaces(TEXT), 2)).toBeUndefined();
  });

  it("are found as far as a broken text can be read", () => {
    expect(nodePlaces("nodes:\n  a: {op: x}\n  b: {op: ").map(({ id }) => id)).toEqual(["a", "b"]);
    expect(nodePlaces("[")).toEqual([]);
  });
});

describe("words offered", () => {
  it("behind op are operators", async () => {
    expect(await offered(`${TEXT}  new: {op: da|`)).toEqual([
      "data.digits",
      "image.resize",
      "train",
    ]);
  });

  it("for an input are the outputs of other nodes", async () => {
    expect(await offered(TEXT.replace("images: digits", "images: |"))).toEqual([
      "digits",
      "fit",
      "fit.model",
      "fit.history",
    ]);
  });

  it("inside a node are its ports, settings and keys", async () => {
    const words = await offered(TEXT.replace("digits, size: ", "digits, s|: "));
    expect(words).toEqual([
      "images",
      "size",
      "fit",
      "interpolation",
      "fill",
      "needs",
      "retries",
      "timeout_s",
      "note",
      "reuse",
      "bypass",
    ]);
  });

  it("for a setting are its words", async () => {
    expect(await offered(`${TEXT}    keep: |\n`)).toEqual(["best", "last"]);
    expect(await offered(`${TEXT}    optimizer: |\n`)).toEqual(["sgd", "adamw", "adan"]);
  });

  it("in a reference are variables", async () => {
    expect(await offered(TEXT.replace("vars.size}", "vars.|}"))).toEqual(["size"]);
  });

  it("are none in a comment", async () => {
    expect(await offered(`${TEXT}# op: |`)).toEqual([]);
  });
});

describe("problems in the text", () => {
  it("are marked at the value they are about", () => {
    const document = Text.of(TEXT.split("\n"));
    const marks = problemMarks(document, [
      {
        code: "G103",
        severity: "error",
        message: "wrong",
        expected: "a number",
        got: null,
        fix: "Change it",
        place: { node: "small", line: 5, column: 30 },
      },
    ]);
    const start = document.line(5).from + 29;
    expect(marks).toEqual([
      {
        from: start,
        to: start + "images:".length,
        severity: "error",
        source: "G103",
        message: "wrong\n✓ a number\n→ Change it",
      },
    ]);
  });

  it("of other files stand at the beginning", () => {
    const [mark] = problemMarks(Text.of(["a"]), [
      {
        code: "G001",
        severity: "warning",
        message: "old",
        expected: null,
        got: null,
        fix: null,
        place: { file: "base.yaml", line: 9 },
      },
    ]);
    expect(mark).toEqual({
      from: 0,
      to: 0,
      severity: "warning",
      source: "G001",
      message: "base.yaml: old",
    });
  });
});

describe("the file", () => {
  it.each([
    ["my pipeline / 2", "my-pipeline-2.yaml"],
    ["数字", "数字.yaml"],
    [" .. ", "pipeline.yaml"],
  ])("of %j is called %s", (name, expected) => {
    expect(fileName(name)).toBe(expected);
  });
});
