import type { InputColumn } from "./inputs";

/** A column, from what matters of it. */
export const column = (
  name: string,
  type: string,
  more: Partial<InputColumn> = {},
): InputColumn => ({
  name,
  type: type.replace(/<.*|\(.*/, "").replace("decimal", "number") as InputColumn["type"],
  column_type: type,
  required: true,
  example: null,
  values: [],
  low: null,
  high: null,
  ...more,
});

/** One column of each kind. */
export const COLUMNS: readonly InputColumn[] = [
  column("age", "number", { example: 40.5, low: 20, high: 70 }),
  column("orders", "integer"),
  column("newsletter", "boolean", { example: true, values: [true, false] }),
  column("since", "date", { example: "2024-05-01", low: "2024-01-01", high: "2025-12-01" }),
  column("city", "text", { example: "Ulm", values: ["Ulm", "上海", "Köln, am Rhein"] }),
  column("tags", "list<text>", { example: ["music"], values: ["music", "sport"] }),
  column("visits", "map<text, number>", { example: { home: 2 }, values: ["home"] }),
];
