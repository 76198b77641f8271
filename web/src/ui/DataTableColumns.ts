/** What a table's columns are, which of them are shown, how wide they are, and how rows are ordered by them. */
import type { IconProps } from "@tabler/icons-react";
import type { ComponentType, ReactNode } from "react";

/** One column of a `DataTable`. Keep the array of columns stable (`useMemo`): rows are drawn again when it changes. */
export interface Column<Row> {
  id: string;
  header: string;
  /** Full text where the header is short; shown when pointed at. */
  hint?: string;
  /** Heading under which the chooser lists it. */
  group?: string;
  /** Pixels; 140 if not given. */
  width?: number;
  /** Takes its part of the room that is left over. */
  grows?: boolean;
  /** Numbers stand at the end. */
  align?: "start" | "end";
  render(row: Row): ReactNode;
  /** What rows are ordered by here. Where a server orders them, `isSortable` is enough. */
  sortValue?(row: Row): string | number | null | undefined;
  isSortable?: boolean;
  /** The order at the first click: numbers and times are usually wanted from the top. */
  firstOrder?: SortOrder;
  /** Not shown until it is chosen. */
  isOptional?: boolean;
  /** Cannot be hidden. */
  isFixed?: boolean;
}

export type SortOrder = "ascending" | "descending";

/** By which column rows are ordered. */
export interface Sort {
  column: string;
  order: SortOrder;
}

/** One entry of a row's menu. */
export interface RowAction {
  id: string;
  label: string;
  icon?: ComponentType<IconProps>;
  onChoose(): void;
  isDangerous?: boolean;
  isDisabled?: boolean;
}

/** What a person chose for a table; kept in the browser. */
export interface TableMemory {
  /** Optional columns that are shown. */
  shown: readonly string[];
  /** Other columns that are hidden. */
  hidden: readonly string[];
  widths: Readonly<Record<string, number>>;
}

export const NOTHING_CHOSEN: TableMemory = { shown: [], hidden: [], widths: {} };
export const LEAST_WIDTH = 56;
const USUAL_WIDTH = 140;

/** Whether a column is shown: as chosen, else unless it is optional. */
export function isShown<Row>(column: Column<Row>, memory: TableMemory): boolean {
  if (column.isFixed) {
    return true;
  }
  return column.isOptional ? memory.shown.includes(column.id) : !memory.hidden.includes(column.id);
}

/** The memory after a column was shown or hidden by hand. */
export function withShown<Row>(
  memory: TableMemory,
  column: Column<Row>,
  wanted: boolean,
): TableMemory {
  const key = column.isOptional ? "shown" : "hidden";
  const isListed = column.isOptional ? wanted : !wanted;
  const others = memory[key].filter((id) => id !== column.id);
  return { ...memory, [key]: isListed ? [...others, column.id] : others };
}

/** Widths in pixels: chosen or usual ones, and growing columns share what is left of the room. */
export function widthsOf<Row>(
  columns: readonly Column<Row>[],
  memory: TableMemory,
  room: number,
): number[] {
  const widths = columns.map((column) => memory.widths[column.id] ?? column.width ?? USUAL_WIDTH);
  const left = room - widths.reduce((sum, width) => sum + width, 0);
  const growing = columns.filter((column) => column.grows && !(column.id in memory.widths));
  if (left <= 0 || growing.length === 0) {
    return widths;
  }
  const share = Math.floor(left / growing.length);
  return widths.map((width, at) => {
    const column = columns[at];
    return column !== undefined && growing.includes(column) ? width + share : width;
  });
}

/** The order after a click on a header: first, then the other way round, then as they came. */
export function nextSort<Row>(sort: Sort | null, column: Column<Row>): Sort | null {
  const first = column.firstOrder ?? "ascending";
  if (sort?.column !== column.id) {
    return { column: column.id, order: first };
  }
  return sort.order === first
    ? { column: column.id, order: first === "ascending" ? "descending" : "ascending" }
    : null;
}

/** Rows in order. What has no value comes last in both directions; equal rows keep their places. */
export function sorted<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  sort: Sort | null,
): readonly Row[] {
  const sortValue = columns.find((column) => column.id === sort?.column)?.sortValue;
  if (sort === null || sortValue === undefined) {
    return rows;
  }
  const sign = sort.order === "ascending" ? 1 : -1;
  const isMissing = (value: unknown) =>
    value === null || value === undefined || Number.isNaN(value);
  return rows
    .map((row) => ({ row, value: sortValue(row) }))
    .sort((a, b) => {
      if (isMissing(a.value) || isMissing(b.value)) {
        return Number(isMissing(a.value)) - Number(isMissing(b.value));
      }
      return sign * compared(a.value ?? 0, b.value ?? 0);
    })
    .map(({ row }) => row);
}

function compared(a: string | number, b: string | number): number {
  return typeof a === "number" && typeof b === "number"
    ? a - b
    : String(a).localeCompare(String(b), undefined, { numeric: true });
}
