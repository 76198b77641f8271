/** Values of fields: which form a value has, what to start with, what applies where nothing is set. */
import type { AlternativesField, Field, NamedField, Variant, VariantsField } from "./field";
import { isMapping, isTemplate } from "./template";

/** Something valid to begin with, where possible. */
export function startValue(field: Field): unknown {
  switch (field.kind) {
    case "text":
      return "";
    case "number":
      return startNumber(field.minimum ?? 0, field.isAboveMinimum, field.isInteger);
    case "boolean":
      return false;
    case "choice":
      return field.options[0];
    case "constant":
      return field.value;
    case "object":
      return requiredValues(field.fields());
    case "variants": {
      const [first] = field.variants;
      return first === undefined ? {} : variantValue(field, first, {});
    }
    case "list":
      return Array.from({ length: field.minItems }, () => startValue(field.item()));
    case "tuple":
      return field.items.map(startValue);
    case "alternatives":
      return field.options[0] === undefined ? null : startValue(field.options[0]);
    case "mapping":
      return {};
    case "free":
      return null;
  }
}

function startNumber(minimum: number, isAboveMinimum: boolean, isInteger: boolean): number {
  return isAboveMinimum ? minimum + (isInteger ? 1 : 0.1) : minimum;
}

function requiredValues(fields: readonly NamedField[]): Record<string, unknown> {
  return Object.fromEntries(
    fields
      .filter((inner) => inner.isRequired)
      .map((inner) => [inner.name, startValue(inner.field)]),
  );
}

/** The variant that a value says it is. */
export function variantOf(field: VariantsField, value: unknown): Variant | undefined {
  const tag = isMapping(value) ? value[field.property] : undefined;
  return field.variants.find((variant) => variant.tag === tag);
}

/** Switch to another variant: what both have in common stays. */
export function variantValue(
  field: VariantsField,
  variant: Variant,
  before: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const fields = variant.fields();
  const kept = fields.filter(
    ({ name, field: inner }) => name in before && fits(inner, before[name]),
  );
  return {
    [field.property]: variant.tag,
    ...requiredValues(fields),
    ...Object.fromEntries(kept.map(({ name }) => [name, before[name]])),
  };
}

/** The alternative that a value has the form of. */
function alternativeOf(field: AlternativesField, value: unknown): Field | undefined {
  return field.options.find((option) => fits(option, value));
}

/** Whether a value has the form of a field; limits do not matter, they are problems of the value. */
export function fits(field: Field, value: unknown): boolean {
  if (isTemplate(value)) {
    return true;
  }
  switch (field.kind) {
    case "text":
      return typeof value === "string";
    case "number":
      return typeof value === "number";
    case "boolean":
      return typeof value === "boolean";
    case "choice":
      return field.options.some((option) => option === value);
    case "constant":
      return field.value === value;
    case "object":
      return isMapping(value) && hasOnly(field.fields(), value);
    case "variants":
      return variantOf(field, value) !== undefined;
    case "list":
      return Array.isArray(value) && value.every((item) => fits(field.item(), item));
    case "tuple":
      return Array.isArray(value) && value.length === field.items.length;
    case "alternatives":
      return alternativeOf(field, value) !== undefined;
    case "mapping":
      return isMapping(value);
    case "free":
      return true;
  }
}

function hasOnly(fields: readonly NamedField[], value: Record<string, unknown>): boolean {
  return Object.keys(value).every((key) => fields.some(({ name }) => name === key));
}

/** What applies to an inner value that is not set: what the outer default says of it, else its own default. */
export function innerStandard(outer: unknown, inner: NamedField): unknown {
  return isMapping(outer) && inner.name in outer ? outer[inner.name] : inner.standard;
}

/** A value in one line: for placeholders and summaries. */
export function valueText(value: unknown): string {
  if (value === undefined) {
    return "";
  }
  if (typeof value === "string") {
    return value;
  }
  if (Array.isArray(value)) {
    return value.map(valueText).join(", ");
  }
  if (isTemplate(value)) {
    return value.$template;
  }
  if (isMapping(value)) {
    return Object.entries(value)
      .map(([key, inner]) => (key === "type" ? valueText(inner) : `${key} ${valueText(inner)}`))
      .join(", ");
  }
  return String(value);
}

/** Pixels of the narrowest inspector that a control has, of a letter, and around each word. */
const ROOM = { control: 188, letter: 6.6, around: 18 };

/** Whether few and short words may stand beside each other; else they are a list to choose from. */
export function fitSideBySide(words: readonly { label: string }[]): boolean {
  const letters = words.reduce((sum, { label }) => sum + label.length, 0);
  return words.length <= 4 && ROOM.letter * letters + ROOM.around * words.length <= ROOM.control;
}
