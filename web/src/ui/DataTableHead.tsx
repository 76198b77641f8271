// biome-ignore-all lint/a11y/useSemanticElements: rows and cells are placed freely, which tables cannot do
// biome-ignore-all lint/a11y/useFocusableInteractive: the grid itself has the focus (aria-activedescendant)
import { Checkbox } from "@mantine/core";
import { IconArrowDown, IconArrowUp } from "@tabler/icons-react";
import { type KeyboardEvent, memo, type PointerEvent, useCallback, useRef } from "react";
import { useTranslation } from "react-i18next";
import classes from "./DataTable.module.css";
import { ColumnChooser } from "./DataTableChooser";
import {
  type Column,
  LEAST_WIDTH,
  nextSort,
  type Sort,
  type TableMemory,
} from "./DataTableColumns";
import type { Lanes } from "./DataTableLanes";
import type { Lane } from "./DataTableRow";

interface HeaderCellProps<Row> {
  lane: Lane<Row>;
  sort: Sort | null;
  onSort(sort: Sort | null): void;
  onResize(column: string, width: number): void;
}

interface TableHeadProps<Row> {
  columns: readonly Column<Row>[];
  memory: TableMemory;
  changeMemory(change: (memory: TableMemory) => TableMemory): void;
  grid: Lanes<Row>;
  width: number;
  sort: Sort | null;
  onSort(sort: Sort | null): void;
  /** Absent where rows cannot be selected. */
  ticks: SelectAllProps | false;
}

/** The row of heads, which stays in view. */
export function TableHead<Row>(props: TableHeadProps<Row>) {
  const { columns, memory, changeMemory, grid, width, sort, onSort, ticks } = props;
  const resize = useCallback(
    (column: string, wide: number) =>
      changeMemory((before) => ({ ...before, widths: { ...before.widths, [column]: wide } })),
    [changeMemory],
  );
  return (
    <div role="row" aria-rowindex={1} className={classes.head} style={{ width }}>
      {ticks && <SelectAll {...ticks} />}
      <div style={{ width: grid.before, flex: "none" }} />
      {grid.lanes.map((lane) => (
        <HeaderCell
          key={lane.column.id}
          lane={lane}
          sort={sort}
          onSort={onSort}
          onResize={resize}
        />
      ))}
      <div role="columnheader" className={classes.menuCell}>
        <ColumnChooser columns={columns} memory={memory} onChange={changeMemory} />
      </div>
    </div>
  );
}

/** A column's head: orders rows when clicked; its edge changes the width. */
function HeaderCellOnce<Row>({ lane, sort, onSort, onResize }: HeaderCellProps<Row>) {
  const { column, width, index } = lane;
  const order = sort?.column === column.id ? sort.order : null;
  const isSortable = column.isSortable ?? column.sortValue !== undefined;
  const Arrow = order === "descending" ? IconArrowDown : IconArrowUp;
  const label = (
    <>
      <span className={classes.headText}>{column.header}</span>
      {order && <Arrow size={13} aria-hidden />}
    </>
  );
  return (
    <div
      role="columnheader"
      aria-colindex={index + 1}
      aria-sort={isSortable ? (order ?? "none") : undefined}
      className={classes.headCell}
      data-align={column.align}
      style={{ width }}
      title={column.hint ?? column.header}
    >
      {isSortable ? (
        <button
          type="button"
          className={classes.sort}
          onClick={() => onSort(nextSort(sort, column))}
          onKeyDown={(event) => resizeByKey(event, lane, onResize)}
        >
          {label}
        </button>
      ) : (
        label
      )}
      <Edge lane={lane} onResize={onResize} />
    </div>
  );
}

/** Heads need not be drawn again while rows are scrolled. */
const HeaderCell = memo(HeaderCellOnce) as typeof HeaderCellOnce;

const KEY_STEP = 16;

function resizeByKey<Row>(
  event: KeyboardEvent,
  { column, width }: Lane<Row>,
  onResize: (column: string, width: number) => void,
) {
  if (event.shiftKey && (event.key === "ArrowLeft" || event.key === "ArrowRight")) {
    event.preventDefault();
    const step = event.key === "ArrowRight" ? KEY_STEP : -KEY_STEP;
    onResize(column.id, Math.max(width + step, LEAST_WIDTH));
  }
}

function Edge<Row>({ lane, onResize }: Pick<HeaderCellProps<Row>, "lane" | "onResize">) {
  const start = useRef<{ x: number; width: number } | null>(null);
  const { column, width } = lane;
  const move = (event: PointerEvent) => {
    if (start.current !== null) {
      const wanted = start.current.width + event.clientX - start.current.x;
      onResize(column.id, Math.max(Math.round(wanted), LEAST_WIDTH));
    }
  };
  return (
    <span
      aria-hidden
      className={classes.edge}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        start.current = { x: event.clientX, width };
      }}
      onPointerMove={move}
      onPointerUp={() => {
        start.current = null;
      }}
    />
  );
}

interface SelectAllProps {
  numRows: number;
  numSelected: number;
  onChange(all: boolean): void;
}

/** Selects every row, or none. */
const SelectAll = memo(function SelectAll({ numRows, numSelected, onChange }: SelectAllProps) {
  const { t } = useTranslation("table");
  return (
    <div role="columnheader" aria-colindex={1} className={classes.tick}>
      <Checkbox
        size="xs"
        aria-label={t("selectAll")}
        checked={numRows > 0 && numSelected >= numRows}
        indeterminate={numSelected > 0 && numSelected < numRows}
        onChange={({ currentTarget: { checked } }) => onChange(checked)}
      />
    </div>
  );
});
