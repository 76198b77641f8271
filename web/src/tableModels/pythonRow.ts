/** Rows as programs in Python write them. */
import type { Row } from "./inputs";

/** A row as a dict, one entry a line. */
export function pythonRow(row: Row): string {
  const lines = Object.entries(row).map(
    ([name, value]) => `    ${JSON.stringify(name)}: ${pythonValue(value)},`,
  );
  return `{\n${lines.join("\n")}\n}`;
}

function pythonValue(value: unknown): string {
  if (value === null || value === undefined) {
    return "None";
  }
  if (typeof value === "boolean") {
    return value ? "True" : "False";
  }
  if (Array.isArray(value)) {
    return `[${value.map(pythonValue).join(", ")}]`;
  }
  if (typeof value === "object") {
    const pairs = Object.entries(value).map(
      ([key, each]) => `${JSON.stringify(key)}: ${pythonValue(each)}`,
    );
    return `{${pairs.join(", ")}}`;
  }
  return JSON.stringify(value);
}
