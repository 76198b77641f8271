/** Which cells of a grid are selected: a rectangle between two corners, as in spreadsheets. */

export interface Cell {
  readonly row: number;
  readonly column: number;
}

export interface Selection {
  /** Where it began. */
  readonly anchor: Cell;
  /** Where the focus is. */
  readonly focus: Cell;
}

export interface GridSize {
  readonly rows: number;
  readonly columns: number;
}

/** Rows a page key goes. */
const PAGE = 10;

const STEPS: Readonly<Record<string, readonly [rows: number, columns: number]>> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
  PageUp: [-PAGE, 0],
  PageDown: [PAGE, 0],
};

interface Modifiers {
  /** Keep the anchor: the selection grows or shrinks. */
  readonly extends: boolean;
  /** Go as far as there is something. */
  readonly whole: boolean;
}

/** Where a key leads; null if it leads nowhere. */
export function movedBy(
  key: string,
  selection: Selection,
  size: GridSize,
  { extends: isExtending, whole }: Modifiers,
): Selection | null {
  const { focus } = selection;
  const step = STEPS[key];
  let target: Cell | null = null;
  if (step !== undefined) {
    const [rows, columns] = step;
    const far = whole ? Number.POSITIVE_INFINITY : 1;
    target = within(
      { row: focus.row + times(rows, far), column: focus.column + times(columns, far) },
      size,
    );
  } else if (key === "Home" || key === "End") {
    const column = key === "Home" ? 0 : size.columns - 1;
    const row = whole ? (key === "Home" ? 0 : size.rows - 1) : focus.row;
    target = within({ row, column }, size);
  }
  return target === null
    ? null
    : { anchor: isExtending ? selection.anchor : target, focus: target };
}

const times = (step: number, far: number) => (step === 0 ? 0 : step * far);

/** The nearest cell that exists. */
function within({ row, column }: Cell, { rows, columns }: GridSize): Cell {
  const nearest = (value: number, count: number) => Math.max(0, Math.min(count - 1, value));
  return { row: nearest(row, rows), column: nearest(column, columns) };
}

/** Everything. */
export const wholeGrid = ({ rows, columns }: GridSize): Selection => ({
  anchor: { row: 0, column: 0 },
  focus: { row: Math.max(0, rows - 1), column: Math.max(0, columns - 1) },
});

/** Whether a cell is among those selected. */
export function isSelected({ anchor, focus }: Selection, { row, column }: Cell): boolean {
  return isBetween(row, anchor.row, focus.row) && isBetween(column, anchor.column, focus.column);
}

const isBetween = (value: number, first: number, second: number) =>
  value >= Math.min(first, second) && value <= Math.max(first, second);

/** The part of some rows that is selected. */
export function selectedCells(
  rows: readonly (readonly unknown[])[],
  { anchor, focus }: Selection,
): readonly (readonly unknown[])[] {
  const part = (first: number, second: number): [number, number] => [
    Math.min(first, second),
    Math.max(first, second) + 1,
  ];
  return rows
    .slice(...part(anchor.row, focus.row))
    .map((row) => row.slice(...part(anchor.column, focus.column)));
}
