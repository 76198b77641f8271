import { describe, expect, it } from "vitest";
import { attributesOf } from "./docstring";
import type { NumberField } from "./field";
import { startValue, variantValue } from "./fieldValues";
import fixtures from "./fixtures/settings.json";
import { spelledName } from "./names";
import { hasSlider, readNumber, steppedNumber } from "./numbers";
import { type Schema, settingFields } from "./schema";
import { settingEdits } from "./settingEdits";
import { isTemplate, referenceTo, variableOf } from "./template";

const NUMBER: NumberField = {
  kind: "number",
  isInteger: false,
  minimum: 0,
  maximum: null,
  isAboveMinimum: true,
  isBelowMaximum: false,
};
const COUNT: NumberField = { ...NUMBER, isInteger: true, isAboveMinimum: false, maximum: 8 };

describe("edits of settings", () => {
  const set = (setting: string, value: unknown) => ({
    kind: "set_setting",
    node: "fit",
    setting,
    value,
  });

  it("are made at the deepest key that differs", () => {
    const before = { epochs: 2, optimizer: { type: "adamw", learning_rate: 0.1 } };
    const after = { epochs: 2, optimizer: { type: "adamw", learning_rate: 0.2 } };
    expect(settingEdits("fit", before, after)).toEqual([set("optimizer.learning_rate", 0.2)]);
  });

  it("reset what is gone", () => {
    expect(settingEdits("fit", { a: 1, b: { c: 1, d: 2 } }, { b: { d: 2 } })).toEqual([
      { kind: "reset_setting", node: "fit", setting: "a" },
      { kind: "reset_setting", node: "fit", setting: "b.c" },
    ]);
  });

  it("set lists, references and keys with dots as a whole", () => {
    expect(settingEdits("fit", { a: [1, 2] }, { a: [1, 3] })).toEqual([set("a", [1, 3])]);
    expect(settingEdits("fit", { a: { b: 1 } }, { a: referenceTo("x") })).toEqual([
      set("a", referenceTo("x")),
    ]);
    expect(settingEdits("fit", { a: { "b.c": 1 } }, { a: { "b.c": 2 } })).toEqual([
      set("a", { "b.c": 2 }),
    ]);
  });

  it("are none where nothing differs but the order", () => {
    expect(settingEdits("fit", { a: { b: 1, c: [2] } }, { a: { c: [2], b: 1 } })).toEqual([]);
  });
});

describe("variants", () => {
  const optimizer = settingFields((fixtures as unknown as Record<string, Schema>).train ?? {}).find(
    ({ name }) => name === "optimizer",
  )?.field;
  if (optimizer?.kind !== "variants") {
    throw new Error("the optimizer is a tagged union");
  }

  it("keep what both have when they are switched", () => {
    const sgd = optimizer.variants.find(({ tag }) => tag === "sgd");
    const before = {
      type: "adamw",
      learning_rate: 0.1,
      weight_decay: 0,
      betas: [0.9, 0.99],
      eps: 1,
    };
    expect(sgd && variantValue(optimizer, sgd, before)).toEqual({
      type: "sgd",
      learning_rate: 0.1,
      weight_decay: 0,
    });
  });

  it("start with the first", () => {
    expect(startValue(optimizer)).toEqual({ type: "sgd" });
  });
});

describe("numbers", () => {
  it.each([
    ["0.5", { value: 0.5 }],
    [" 1e-3 ", { value: 0.001 }],
    ["−1", { problem: { key: "above", limit: 0 } }],
    ["0", { problem: { key: "above", limit: 0 } }],
    ["x", { problem: { key: "number" } }],
    ["1.2.3", { problem: { key: "number" } }],
    ["0x10", { problem: { key: "number" } }],
  ])("%s is read as %j", (text, expected) => {
    expect(readNumber(NUMBER, text)).toEqual(expected);
  });

  it("are whole where they must be", () => {
    expect(readNumber(COUNT, "1.5")).toEqual({ problem: { key: "integer" } });
    expect(readNumber(COUNT, "9")).toEqual({ problem: { key: "maximum", limit: 8 } });
  });

  it.each([
    ["0.003", 1, "0.004"],
    ["0.9", 1, "1"],
    ["1e-3", 1, "0.002"],
    ["0.1", -1, "0.1"],
    ["x", 1, "x"],
  ])("%s goes %d steps to %s", (text, steps, expected) => {
    expect(steppedNumber(NUMBER, text, steps)).toBe(expected);
  });

  it("stop at their limits", () => {
    expect(steppedNumber(COUNT, "8", 1)).toBe("8");
    expect(steppedNumber(COUNT, "7", 1)).toBe("8");
  });

  it("have a slider where both limits are near each other", () => {
    expect([NUMBER, COUNT, { ...COUNT, maximum: 10_000 }].map(hasSlider)).toEqual([
      false,
      true,
      false,
    ]);
  });
});

describe("names", () => {
  it.each([
    ["max_time_s", { label: "Max time", unit: "s" }],
    ["gpu_memory_mb", { label: "Gpu memory", unit: "MB" }],
    ["p", { label: "p", unit: "" }],
    ["s", { label: "s", unit: "" }],
  ])("%s is spelled %j", (name, expected) => {
    expect(spelledName(name)).toEqual(expected);
  });
});

describe("references", () => {
  it("are to a variable where they are nothing else", () => {
    expect(variableOf(referenceTo("size"))).toBe("size");
    expect(variableOf({ $template: `a-${referenceTo("size").$template}` })).toBeNull();
    expect([referenceTo("a"), {}, null, "$template"].map(isTemplate)).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });
});

describe("docstrings", () => {
  it("are split into text and help of attributes", () => {
    expect(
      attributesOf("What.\n\nMore.\n\nAttributes:\n    a: One\n        line.\n    b_c: Two.\n"),
    ).toEqual({ text: "What.\n\nMore.", helps: { a: "One line.", b_c: "Two." } });
  });
});
