/** The memory of tables: chosen columns and widths, by the table's name, in the browser. */
import { useCallback, useState } from "react";
import { NOTHING_CHOSEN, type TableMemory } from "./DataTableColumns";

const keyOf = (name: string) => `netloom.table.${name}`;

/** What was chosen for a table before; nothing if that cannot be read. */
function readMemory(name: string): TableMemory {
  try {
    const stored = JSON.parse(localStorage.getItem(keyOf(name)) ?? "null") as unknown;
    if (typeof stored !== "object" || stored === null) {
      return NOTHING_CHOSEN;
    }
    const found = stored as Partial<Record<keyof TableMemory, unknown>>;
    return {
      shown: texts(found.shown),
      hidden: texts(found.hidden),
      widths: Object.fromEntries(
        Object.entries(found.widths ?? {}).filter(([, width]) => Number.isFinite(width)),
      ),
    };
  } catch {
    return NOTHING_CHOSEN;
  }
}

const texts = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];

/** A table's memory and how to change it. */
export function useTableMemory(
  name: string,
): [TableMemory, (change: (memory: TableMemory) => TableMemory) => void] {
  const [memory, setMemory] = useState(() => readMemory(name));
  const change = useCallback(
    (changed: (memory: TableMemory) => TableMemory) =>
      setMemory((before) => {
        const after = changed(before);
        try {
          localStorage.setItem(keyOf(name), JSON.stringify(after));
        } catch {
          // a full or forbidden storage: the choice lives as long as the page
        }
        return after;
      }),
    [name],
  );
  return [memory, change];
}
