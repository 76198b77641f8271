/** What columns hold, as far as a look at a table cares. */

export type TypeFamily =
  | "number"
  | "text"
  | "boolean"
  | "time"
  | "bytes"
  | "list"
  | "map"
  | "unknown";

const FAMILIES: readonly [RegExp, TypeFamily][] = [
  [/^(integer|number|decimal)/, "number"],
  [/^text$/, "text"],
  [/^boolean$/, "boolean"],
  [/^(date|timestamp)$/, "time"],
  [/^bytes$/, "bytes"],
  [/^list</, "list"],
  [/^(map<|struct)/, "map"],
];

/** The family of a logical type: `decimal(10, 2)` is a number. */
export function familyOf(type: string | null): TypeFamily {
  return FAMILIES.find(([pattern]) => pattern.test(type ?? ""))?.[1] ?? "unknown";
}

/** A column of which no more than this is known. */
export interface NamedColumn {
  readonly name: string;
  /** Its logical type; null if it is not known. */
  readonly type: string | null;
}

/** Columns whose names or types hold all words that were typed, best first; all of them for an empty query. */
export function foundColumns<Column extends NamedColumn>(
  columns: readonly Column[],
  query: string,
): readonly Column[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) {
    return columns;
  }
  const rank = ({ name }: Column) =>
    name.toLowerCase() === words[0] ? 0 : name.toLowerCase().startsWith(words[0] ?? "") ? 1 : 2;
  const found = columns.filter((column) => {
    const text = `${column.name} ${column.type ?? ""}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
  return found.sort((first, second) => rank(first) - rank(second)); // what is equal keeps its order
}

/** Whether a name, or a pattern with `*` and `?`, is that of a column. */
export function namesColumn(
  name: string,
  columns: readonly NamedColumn[],
  { isPattern }: { isPattern: boolean },
): boolean {
  if (!isPattern || !/[*?]/.test(name)) {
    return columns.some((column) => column.name === name);
  }
  const pattern = name
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replace(/\*/g, ".*")
    .replace(/\?/g, ".");
  const whole = new RegExp(`^${pattern}$`, "s");
  return columns.some((column) => whole.test(column.name));
}
