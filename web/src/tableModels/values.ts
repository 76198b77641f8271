/** Texts that people type or paste → values of a column, and back. */
import { familyOf } from "@/tables/columnTypes";
import { elementType, type InputColumn } from "./inputs";

/** Why a text is no value of its column: keys below `tableModels:cell`. */
export type CellProblem =
  | "empty"
  | "number"
  | "integer"
  | "large"
  | "boolean"
  | "date"
  | "timestamp"
  | "bytes"
  | "list"
  | "map"
  | "text"
  | "pair";

export type Value = { readonly value: unknown } | { readonly problem: CellProblem };

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
/** What databases write where a number is none, or endless. */
const NO_NUMBER = /^(nan|[+-]?inf(inity)?)$/i;
const INTEGER = /^[+-]?\d+$/;
const DATE = /^\d{4}-\d{2}-\d{2}$/;
const MOMENT = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?$/;
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;
const YES = ["true", "t", "yes", "1"];
const NO = ["false", "f", "no", "0"];

/** One value of a type that holds neither lists nor maps. */
export function parsedScalar(text: string, type: string): Value {
  const trimmed = text.trim();
  if (type === "text") {
    return { value: text };
  }
  if (trimmed === "") {
    return { problem: "empty" };
  }
  if (type === "integer") {
    return parsedInteger(trimmed);
  }
  if (type === "number" && NO_NUMBER.test(trimmed)) {
    return { value: writtenAsJson(trimmed) };
  }
  if (familyOf(type) === "number") {
    return NUMBER.test(trimmed) && Number.isFinite(Number(trimmed))
      ? { value: Number(trimmed) }
      : { problem: "number" };
  }
  return parsedOther(trimmed, type);
}

/** JSON has no such numbers: they are sent as texts that the server knows. */
function writtenAsJson(text: string): string {
  if (/^nan$/i.test(text)) {
    return "NaN";
  }
  return text.startsWith("-") ? "-Infinity" : "Infinity";
}

function parsedInteger(text: string): Value {
  // `3.0` comes from programs that have only one kind of number.
  const whole = text.replace(/\.0+$/, "");
  if (!INTEGER.test(whole)) {
    return { problem: "integer" };
  }
  return Number.isSafeInteger(Number(whole)) ? { value: Number(whole) } : { problem: "large" };
}

function parsedOther(text: string, type: string): Value {
  switch (type) {
    case "boolean":
      return YES.includes(text.toLowerCase())
        ? { value: true }
        : NO.includes(text.toLowerCase())
          ? { value: false }
          : { problem: "boolean" };
    case "date":
      return DATE.test(text) && isDay(text) ? { value: text } : { problem: "date" };
    case "timestamp":
      return (DATE.test(text) || MOMENT.test(text)) && isDay(text.slice(0, 10))
        ? { value: text.replace(" ", "T") }
        : { problem: "timestamp" };
    case "bytes":
      return BASE64.test(text) ? { value: text } : { problem: "bytes" };
    default:
      return { value: text };
  }
}

/** `2024-02-30` is none: reading it and writing it again must give the same. */
function isDay(text: string): boolean {
  const moment = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(moment.getTime()) && moment.toISOString().startsWith(text);
}

/** A list, of the text of each element. */
export function parsedList(texts: readonly string[], columnType: string): Value {
  const values = texts.map((text) => parsedScalar(text, elementType(columnType)));
  return problemIn(values) ?? { value: values.map(valueIn) };
}

/** A map, of texts such as `key: 2`. */
export function parsedMap(texts: readonly string[], columnType: string): Value {
  const entries: [string, unknown][] = [];
  for (const text of texts) {
    const colon = text.lastIndexOf(":");
    const value = parsedScalar(text.slice(colon + 1), elementType(columnType));
    if (colon < 1 || "problem" in value) {
      return { problem: "pair" };
    }
    entries.push([text.slice(0, colon).trim(), value.value]);
  }
  return { value: Object.fromEntries(entries) };
}

/** A value of JSON, where the column may want another form of it. */
export function parsedJson(
  value: unknown,
  column: Pick<InputColumn, "type" | "column_type">,
): Value {
  if (value === null || value === undefined) {
    return { value: null };
  }
  if (column.type === "list") {
    return Array.isArray(value) ? parsedElements(value, column.column_type) : { problem: "list" };
  }
  if (column.type === "map") {
    return isPlain(value) ? parsedPairs(value, column.column_type) : { problem: "map" };
  }
  if (typeof value === "object") {
    return { problem: column.type as CellProblem };
  }
  return parsedScalar(String(value), column.column_type);
}

function parsedElements(elements: readonly unknown[], columnType: string): Value {
  const type = elementType(columnType);
  const values = elements.map(
    (each): Value => (each === null ? { value: null } : parsedScalar(String(each), type)),
  );
  return problemIn(values) ?? { value: values.map(valueIn) };
}

function parsedPairs(pairs: Readonly<Record<string, unknown>>, columnType: string): Value {
  const type = elementType(columnType);
  const values = Object.values(pairs).map(
    (each): Value => (each === null ? { value: null } : parsedScalar(String(each), type)),
  );
  const names = Object.keys(pairs);
  return (
    problemIn(values) ?? {
      value: Object.fromEntries(values.map((each, at) => [names[at] ?? "", valueIn(each)])),
    }
  );
}

const problemIn = (values: readonly Value[]): Value | undefined =>
  values.find((each) => "problem" in each);

const valueIn = (value: Value): unknown => ("value" in value ? value.value : null);

/** An object of JSON, no list. */
export const isPlain = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** A value as people read it, and as it can be typed again. */
export function shownValue(value: unknown): string {
  if (value === null || value === undefined) {
    return "";
  }
  if (Array.isArray(value)) {
    return value.map(shownValue).join(", ");
  }
  return isPlain(value) ? pairTexts(value).join(", ") : String(value);
}

/** A map as texts `key: value`. */
export const pairTexts = (pairs: Readonly<Record<string, unknown>>): string[] =>
  Object.entries(pairs).map(([key, value]) => `${key}: ${shownValue(value)}`);
