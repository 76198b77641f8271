import { describe, expect, it } from "vitest";
import type { ModelSummary } from "@/models/models";
import { candidatesOf, fits, referencedModel } from "./candidates";
import { shortReference } from "./shortReference";

const model = (id: string, reference: string, classes: string[] = ["cat"]) =>
  ({
    id,
    reference,
    classes,
    name: reference.split("@")[0],
    artifact: `${id}`.repeat(64),
  }) as ModelSummary;

const MODELS = [
  model("1", "cats@2"),
  model("2", "pets@1", ["cat", "dog"]),
  model("3", "pets@1", ["cat", "dog", "fish"]),
  model("4", "r:fit.model", []),
];

describe("trained models for a node", () => {
  it("come first if they know all classes of the data", () => {
    const found = candidatesOf(MODELS, ["dog", "cat"]);
    expect(found.map(({ model: { id }, unknown }) => [id, unknown])).toEqual([
      ["2", []],
      ["3", []],
      ["4", []],
      ["1", ["dog"]],
    ]);
    expect(found.map(fits)).toEqual([true, true, true, false]);
    expect(candidatesOf(MODELS, null).map(fits)).toEqual([true, true, true, true]);
  });

  it("are told apart by id where two people gave the same name", () => {
    const references = candidatesOf(MODELS, null).map(({ reference }) => reference);
    expect(references).toEqual(["cats@2", "2", "3", "r:fit.model"]);
  });

  it.each([
    ["cats@2", "1"],
    ["3", "3"],
    [`artifact:${"2".repeat(64)}`, "2"],
    ["cats", "1"],
    ["nobody@1", undefined],
  ])("%s is found again", (reference, id) => {
    expect(referencedModel(MODELS, reference)?.id).toBe(id);
  });
});

describe("a reference in little space", () => {
  it.each([
    ["pets@2", "pets@2"],
    ["models/birds", "models/birds"],
    ["20261127-032228-f3f85a:fit.model", "fit · 20261127-032…"],
    ["last:fit.model", "fit · last"],
    [`artifact:${"ab".repeat(32)}`, "abababababab…"],
    ["ab".repeat(16), "abababababab…"],
  ])("%s", (reference, short) => {
    expect(shortReference(reference)).toBe(short);
  });
});
