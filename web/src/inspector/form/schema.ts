/** From the JSON Schema of an operator's settings to the fields of its form. */

import { attributesOf } from "./docstring";
import type { Field, NamedField, NumberField, TextField, Titles, Variant } from "./field";

export type Schema = Readonly<Record<string, unknown>>;

const isSchema = (value: unknown): value is Schema =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const schemasOf = (value: unknown): Schema[] =>
  Array.isArray(value) ? value.filter(isSchema) : [];
const textOf = (value: unknown): string => (typeof value === "string" ? value : "");

/** The settings of an operator, in their order. */
export function settingFields(settings: Schema): readonly NamedField[] {
  return new SchemaReader(settings).properties(settings);
}

class SchemaReader {
  constructor(private readonly root: Schema) {}

  properties(schema: Schema, { except = "" } = {}): readonly NamedField[] {
    const required = new Set(Array.isArray(schema.required) ? schema.required : []);
    const { helps } = attributesOf(textOf(schema.description));
    return Object.entries(isSchema(schema.properties) ? schema.properties : {})
      .filter(([name]) => name !== except)
      .map(([name, property]) =>
        this.named(name, isSchema(property) ? property : {}, {
          isRequired: required.has(name),
          help: helps[name] ?? "",
        }),
      );
  }

  private named(
    name: string,
    schema: Schema,
    { isRequired, help }: { isRequired: boolean; help: string },
  ): NamedField {
    const { inner, isNullable } = withoutNull(schema);
    return {
      name,
      title: textOf(schema.title),
      // A description beside `$ref` is about this setting, the one behind it about the class.
      help: textOf(schema.description) || help,
      field: this.field(inner, name),
      isNullable,
      isRequired,
      standard: schema.default,
    };
  }

  field(written: Schema, name = ""): Field {
    const schema = this.resolved(written);
    if (schema.const !== undefined) {
      return { kind: "constant", value: schema.const, titles: titlesOf(schema) };
    }
    if (Array.isArray(schema.enum)) {
      return { kind: "choice", options: schema.enum.filter(isOption), titles: titlesOf(schema) };
    }
    const variants = schemasOf(schema.oneOf);
    if (variants.length > 0 && isSchema(schema.discriminator)) {
      return this.variants(schema.discriminator, variants);
    }
    const options = schemasOf(schema.anyOf ?? schema.oneOf);
    if (options.length > 0) {
      return this.alternatives(options, name);
    }
    return this.plain(schema, name);
  }

  private plain(schema: Schema, name: string): Field {
    switch (schema.type) {
      case "string":
        return {
          kind: "text",
          minLength: Number(schema.minLength ?? 0),
          isPath: isPath(schema, name),
          ...(schema.format === "sql" ? { isSql: true } : {}),
          ...columnOf(schema),
        };
      case "number":
      case "integer":
        return numberField(schema);
      case "boolean":
        return { kind: "boolean" };
      case "array":
        return this.sequence(schema);
      case "object":
        return this.object(schema);
      default:
        return { kind: "free" };
    }
  }

  private sequence(schema: Schema): Field {
    const items = schemasOf(schema.prefixItems);
    if (items.length > 0) {
      return { kind: "tuple", items: items.map((item) => this.field(item)) };
    }
    const item = isSchema(schema.items) ? schema.items : {};
    return {
      kind: "list",
      item: once(() => this.field(item)),
      minItems: Number(schema.minItems ?? 0),
      maxItems: schema.maxItems === undefined ? null : Number(schema.maxItems),
    };
  }

  private object(schema: Schema): Field {
    if (isSchema(schema.properties)) {
      return {
        kind: "object",
        title: textOf(schema.title),
        help: attributesOf(textOf(schema.description)).text,
        fields: once(() => this.properties(schema)),
      };
    }
    const values = schema.additionalProperties;
    return { kind: "mapping", value: once(() => this.field(isSchema(values) ? values : {})) };
  }

  private variants(discriminator: Schema, options: Schema[]): Field {
    const property = textOf(discriminator.propertyName);
    const variants = options.map((option): Variant => {
      const schema = this.resolved(option);
      const tag = isSchema(schema.properties) ? schema.properties[property] : undefined;
      return {
        tag: isSchema(tag) ? textOf(tag.const) : "",
        title: textOf(schema.title),
        help: attributesOf(textOf(schema.description)).text,
        fields: once(() => this.properties(schema, { except: property })),
      };
    });
    return { kind: "variants", property, variants };
  }

  /** Words among the alternatives are one choice: `"auto"`, `"all" | "head"`. */
  private alternatives(options: Schema[], name: string): Field {
    const fields = options.map((option) => this.field(option, name));
    const words = fields.flatMap((field) =>
      field.kind === "constant" && isOption(field.value)
        ? [field.value]
        : field.kind === "choice"
          ? field.options
          : [],
    );
    const others = fields.filter((field) => field.kind !== "constant" && field.kind !== "choice");
    const titles = Object.fromEntries(
      fields.flatMap((field) => ("titles" in field ? Object.entries(field.titles ?? {}) : [])),
    );
    const choice: Field[] = words.length > 0 ? [{ kind: "choice", options: words, titles }] : [];
    const [only, second] = [...choice, ...others];
    return only !== undefined && second === undefined
      ? only
      : { kind: "alternatives", options: [...choice, ...others] };
  }

  private resolved(schema: Schema): Schema {
    const path = textOf(schema.$ref);
    if (path === "") {
      return schema;
    }
    let found: unknown = this.root;
    for (const step of path.replace(/^#\//, "").split("/")) {
      found = isSchema(found) ? found[step] : undefined;
    }
    return isSchema(found) ? this.resolved(found) : {};
  }
}

function withoutNull(schema: Schema): { inner: Schema; isNullable: boolean } {
  const options = schemasOf(schema.anyOf);
  const others = options.filter((option) => option.type !== "null");
  if (others.length === options.length) {
    return { inner: schema, isNullable: false };
  }
  const [only, second] = others;
  const inner = only !== undefined && second === undefined ? only : { anyOf: others };
  return { inner, isNullable: true };
}

function numberField(schema: Schema): NumberField {
  const limit = (inclusive: unknown, exclusive: unknown) =>
    inclusive !== undefined
      ? Number(inclusive)
      : exclusive !== undefined
        ? Number(exclusive)
        : null;
  return {
    kind: "number",
    isInteger: schema.type === "integer",
    minimum: limit(schema.minimum, schema.exclusiveMinimum),
    maximum: limit(schema.maximum, schema.exclusiveMaximum),
    isAboveMinimum: schema.exclusiveMinimum !== undefined,
    isBelowMaximum: schema.exclusiveMaximum !== undefined,
  };
}

function titlesOf(schema: Schema): Titles {
  const titles = isSchema(schema["x-enum-titles"]) ? schema["x-enum-titles"] : {};
  return Object.fromEntries(Object.entries(titles).map(([word, title]) => [word, textOf(title)]));
}

const isOption = (value: unknown): value is string | number =>
  typeof value === "string" || typeof value === "number";

/** The keyword with which the settings of an operator say that a text names a column. */
const COLUMN = "x-netloom-column";

function columnOf(schema: Schema): Pick<TextField, "column"> {
  const said = schema[COLUMN];
  return isSchema(said)
    ? { column: { port: textOf(said.port), isPattern: said.pattern === true } }
    : {};
}

/** Python's own type for paths says so in its schema; texts that are paths are called like it. */
const isPath = ({ format }: Schema, name: string) =>
  /^(file-|directory-)?path$/.test(textOf(format)) ||
  /(^|_)(path|folder|file|pretrained)$/.test(name);

function once<T>(make: () => T): () => T {
  let made: { value: T } | null = null;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
