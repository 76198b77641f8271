import { describe, expect, it } from "vitest";
import { nameColumns } from "../useColumnsOf";
import { columnOfItems, type Field, type NamedField } from "./field";
import { fits } from "./fieldValues";
import settings from "./fixtures/settings.json";
import { type Schema, settingFields } from "./schema";
import { isMapping } from "./template";

const operators = Object.entries(settings as unknown as Record<string, Schema>);
const fieldsOf = (operator: string) =>
  settingFields((settings as unknown as Record<string, Schema>)[operator] ?? {});

function fieldNamed(operator: string, name: string): NamedField {
  const found = fieldsOf(operator).find((named) => named.name === name);
  if (found === undefined) {
    throw new Error(`${operator} has no setting ${name}`);
  }
  return found;
}

/** Every field below some fields with its path, to a depth at which schemas that contain themselves repeat. */
function inside(fields: readonly NamedField[], path = "", depth = 0): [string, Field][] {
  return depth > 4
    ? []
    : fields.flatMap(({ name, field }) => below(field, `${path}/${name}`, depth));
}

function below(field: Field, path: string, depth: number): [string, Field][] {
  const own: [string, Field] = [path, field];
  switch (field.kind) {
    case "object":
      return [own, ...inside(field.fields(), path, depth + 1)];
    case "variants":
      return [
        own,
        ...field.variants.flatMap(({ tag, fields }) =>
          inside(fields(), `${path}(${tag})`, depth + 1),
        ),
      ];
    case "list":
      return [own, ...below(field.item(), `${path}[]`, depth + 1)];
    case "tuple":
      return [own, ...field.items.flatMap((item) => below(item, `${path}[]`, depth + 1))];
    case "alternatives":
      return [own, ...field.options.flatMap((option) => below(option, `${path}|`, depth + 1))];
    default:
      return [own];
  }
}

describe("forms of all operators", () => {
  it("are of more than fifty operators", () => {
    expect(operators.length).toBeGreaterThanOrEqual(50);
  });

  it.each(operators)("%s has a control for every setting", (_, schema) => {
    const unknown = inside(settingFields(schema)).filter(([, field]) => field.kind === "free");
    expect(unknown.map(([path]) => path)).toEqual([]);
  });

  it.each(operators)("%s has defaults that fit its fields", (_, schema) => {
    const misfits = settingFields(schema).filter(
      ({ field, isNullable, standard }) =>
        standard !== undefined &&
        !(standard === null && isNullable) &&
        !(isMapping(standard) && Object.keys(standard).length === 0) &&
        !fits(field, standard),
    );
    expect(misfits.map(({ name, standard }) => ({ name, standard }))).toEqual([]);
  });

  it("write only free mappings as text", () => {
    const mappings = operators.flatMap(([operator, schema]) =>
      inside(settingFields(schema))
        .filter(([, field]) => field.kind === "mapping")
        .map(([path]) => operator + path),
    );
    expect(mappings).toEqual([
      "image.function/settings",
      "models.image_classifier/backbone(transformers)/architecture",
      "models.import_weights/backbone(transformers)/architecture",
    ]);
  });
});

describe("fields", () => {
  it("of a number have its limits", () => {
    expect(fieldNamed("image.flip", "p").field).toEqual({
      kind: "number",
      isInteger: false,
      minimum: 0,
      maximum: 1,
      isAboveMinimum: false,
      isBelowMaximum: false,
    });
  });

  it("may be none", () => {
    const { field, isNullable, standard } = fieldNamed("train", "patience");
    expect({ kind: field.kind, isNullable, standard }).toEqual({
      kind: "number",
      isNullable: true,
      standard: null,
    });
  });

  it("join a word with a number", () => {
    const { field } = fieldNamed("train", "batch_size");
    expect(field.kind === "alternatives" && field.options.map(({ kind }) => kind)).toEqual([
      "choice",
      "number",
    ]);
  });

  it("of tagged unions are variants without their tag", () => {
    const { field } = fieldNamed("train", "optimizer");
    const variants = field.kind === "variants" ? field.variants : [];
    expect(variants.map(({ tag }) => tag)).toEqual(["sgd", "adamw", "adan"]);
    const adamw = variants[1]?.fields() ?? [];
    expect(adamw.map(({ name }) => name)).toEqual([
      "learning_rate",
      "weight_decay",
      "betas",
      "eps",
      "groups",
      "decay_all",
    ]);
    expect(adamw.find(({ name }) => name === "betas")?.help).toBe(
      "Shares that the averages of gradient and squared gradient keep at each update.",
    );
    expect(variants[1]?.help).toBe(
      "Adam with decoupled weight decay (Loshchilov & Hutter 2017, arXiv:1711.05101).",
    );
  });

  it("know what is required and what is a path", () => {
    const { field, isRequired } = fieldNamed("data.image_folder", "path");
    expect({ isRequired, field }).toEqual({
      isRequired: true,
      field: { kind: "text", minLength: 1, isPath: true },
    });
  });

  it("are paths by their type, or by what they are called", () => {
    const text = { type: "string" };
    const properties = {
      path: text,
      weights_file: text,
      pretrained: text,
      source: { ...text, format: "directory-path" },
      pathology: text,
      when: { ...text, format: "date" },
    };
    const paths = settingFields({ properties }).filter(
      ({ field }) => field.kind === "text" && field.isPath,
    );
    expect(paths.map(({ name }) => name)).toEqual(["path", "weights_file", "pretrained", "source"]);
  });

  it("may contain themselves", () => {
    const { field } = fieldNamed("image.random_apply", "transforms");
    const item = field.kind === "list" ? field.item() : null;
    const tags = item?.kind === "variants" ? item.variants.map(({ tag }) => tag) : [];
    expect(tags).toContain("random_apply");
  });
});

describe("titles", () => {
  it("are those of the schema for settings, kinds and words", () => {
    const [mode, shape] = settingFields({
      $defs: {
        Round: { title: "圆", properties: { type: { const: "round" } } },
        Flat: { properties: { type: { const: "flat" } } },
      },
      properties: {
        mode: {
          title: "模式",
          anyOf: [
            { enum: ["auto", "off"], "x-enum-titles": { auto: "自动" } },
            { type: "integer" },
          ],
        },
        shape: {
          discriminator: { propertyName: "type" },
          oneOf: [{ $ref: "#/$defs/Round" }, { $ref: "#/$defs/Flat" }],
        },
      },
    });
    expect(mode?.title).toBe("模式");
    expect(mode?.field.kind === "alternatives" && mode.field.options[0]).toEqual({
      kind: "choice",
      options: ["auto", "off"],
      titles: { auto: "自动" },
    });
    expect(shape?.title).toBe("");
    expect(
      shape?.field.kind === "variants" &&
        shape.field.variants.map(({ tag, title }) => [tag, title]),
    ).toEqual([
      ["round", "圆"],
      ["flat", ""],
    ]);
  });
});

describe("texts that name columns", () => {
  const name = (port: string, more = {}) => ({
    type: "string",
    minLength: 1,
    "x-netloom-column": { port, ...more },
  });
  const fields = settingFields({
    properties: {
      keys: { type: "array", items: name("table") },
      drop: { type: "array", items: name("table", { pattern: true }) },
      target: { anyOf: [name(""), { type: "null" }] },
      labels: { type: "array", items: { type: "string" } },
      sql: { type: "string", minLength: 1, format: "sql" },
    },
  });

  it("say at which input the table is, and whether patterns will do", () => {
    const [keys, drop, target, labels] = fields;
    expect([keys, drop, labels].map((named) => named && columnOfItems(named.field))).toEqual([
      { port: "table", isPattern: false },
      { port: "table", isPattern: true },
      undefined,
    ]);
    expect(target?.field).toEqual({
      kind: "text",
      minLength: 1,
      isPath: false,
      column: { port: "", isPattern: false },
    });
  });

  it("are found in a form, so that their columns are asked for", () => {
    expect([nameColumns(fields), nameColumns(fieldsOf("data.select"))]).toEqual([true, false]);
    const inside = { type: "array", items: { type: "object", properties: { column: name("") } } };
    expect(nameColumns(settingFields({ properties: { targets: inside } }))).toBe(true);
  });

  it("are not all that needs more than a line of text: SQL does", () => {
    expect(fields[4]?.field).toEqual({ kind: "text", minLength: 1, isPath: false, isSql: true });
  });
});
