/** How wide the columns of a grid are: as their names and values need, within limits. */
import { familyOf } from "./columnTypes";
import { shownCell, type TableColumn } from "./tableLook";

export const ROW_HEIGHT = 28;
/** With names, types and charts. */
export const HEAD_HEIGHT = 104;
export const NUMBER_WIDTH = 44;

const NARROWEST = 104;
const WIDEST = 280;
const LETTER = 7;
const AROUND = 20;
/** The sign of the type, and of a key. */
const SIGNS = 24;

/** Both ends of days. */
const DAYS = 172;
/** A type, and beside it how much is missing. */
const WITH_MISSING = 156;

/** The width of a column in pixels. */
export function columnWidth(
  column: TableColumn,
  rows: readonly (readonly unknown[])[],
  index: number,
): number {
  const longest = rows.reduce(
    (most, row) => Math.max(most, shownCell(row[index], column.type).text.length),
    0,
  );
  const wanted = Math.max(column.name.length * LETTER + SIGNS, longest * LETTER) + AROUND;
  const isWhole = (column.spread?.missing ?? 0) + (column.spread?.not_a_number ?? 0) === 0;
  const least = familyOf(column.type) === "time" ? DAYS : isWhole ? NARROWEST : WITH_MISSING;
  return Math.round(Math.min(WIDEST, Math.max(least, wanted)));
}

/** Numbers stand at the right, so that their digits stand below one another. */
export const isRightAligned = (type: string): boolean => familyOf(type) === "number";
