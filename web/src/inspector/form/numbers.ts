/** Numbers as they are typed. */
import type { NumberField } from "./field";

export type Typed<T> = { readonly value: T } | { readonly problem: NumberProblem };
export interface NumberProblem {
  /** A key of the texts below `form.problem`. */
  readonly key: "number" | "integer" | "minimum" | "maximum" | "above" | "below";
  readonly limit?: number;
}

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** Read a number, or say what is wrong with it. */
export function readNumber(field: NumberField, text: string): Typed<number> {
  const plain = text.trim().replace("−", "-");
  if (!NUMBER.test(plain)) {
    return { problem: { key: field.isInteger ? "integer" : "number" } };
  }
  const value = Number(plain);
  if (field.isInteger && !Number.isInteger(value)) {
    return { problem: { key: "integer" } };
  }
  const problem = limitProblem(field, value);
  return problem === null ? { value } : { problem };
}

function limitProblem(field: NumberField, value: number): NumberProblem | null {
  const { minimum, maximum } = field;
  if (minimum !== null && (field.isAboveMinimum ? value <= minimum : value < minimum)) {
    return { key: field.isAboveMinimum ? "above" : "minimum", limit: minimum };
  }
  if (maximum !== null && (field.isBelowMaximum ? value >= maximum : value > maximum)) {
    return { key: field.isBelowMaximum ? "below" : "maximum", limit: maximum };
  }
  return null;
}

/** One step up or down: whole numbers by one, others at their last digit (`0.003` → `0.004`). */
export function steppedNumber(field: NumberField, text: string, steps: number): string {
  const value = Number(text);
  if (text.trim() === "" || Number.isNaN(value)) {
    return text;
  }
  const places = field.isInteger ? 0 : decimalsOf(text);
  const next = Number((value + steps * 10 ** -places).toFixed(Math.min(places, 20)));
  return limitProblem(field, next) === null ? numberText(next) : text;
}

function decimalsOf(text: string): number {
  const [mantissa = "", exponent = "0"] = text.toLowerCase().split("e");
  const fraction = mantissa.split(".")[1] ?? "";
  return Math.max(0, Math.max(fraction.length, text.includes("e") ? 0 : 1) - Number(exponent));
}

/** `1e-8` rather than `1e-08`, `0.003` rather than `3e-3`. */
export function numberText(value: number): string {
  return String(value);
}

/** Whether a slider helps: both limits are known and near each other. */
export function hasSlider(field: NumberField): boolean {
  const { minimum, maximum } = field;
  if (minimum === null || maximum === null || field.isCompact) {
    return false;
  }
  return field.isInteger ? maximum - minimum <= 32 : maximum - minimum <= 1;
}
