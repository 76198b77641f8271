/** Which cells of rows the server could not take. */
import type { Diagnostic } from "@/api/client";

/** The place of a cell: rows from 0. */
export const cellKey = (row: number, column: string): string => `${row}.${column}`;

/** What is wrong with cells, by their place. `firstRow`: where the rows that were sent begin. */
export function refusedCells(
  diagnostics: readonly Diagnostic[],
  firstRow: number,
): ReadonlyMap<string, string> {
  const cells = new Map<string, string>();
  for (const { place, message, expected } of diagnostics) {
    const [, row, column] = /^rows\.(\d+)\.(.+)$/s.exec(place?.setting ?? "") ?? [];
    if (row !== undefined && column !== undefined) {
      const told = expected ? `${message} · ${expected}` : message;
      cells.set(cellKey(firstRow + Number(row), column), told);
    }
  }
  return cells;
}
