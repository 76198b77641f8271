import { Checkbox } from "@mantine/core";
import { IconArrowDown, IconArrowUp } from "@tabler/icons-react";
import { type KeyboardEvent, type PointerEvent, useRef } from "react";
import { useTranslation } from "react-i18next";
import classes from "./DataTable.module.css";
import { type Column, LEAST_WIDTH, nextSort, type Sort } from "./DataTableColumns";
import type { Lane } from "./DataTableRow";

interface HeaderCellProps<Row> {
  lane: Lane<Row>;
  sort: Sort | null;
  onSort(sort: Sort | null): void;
  onResize(column: string, width: number): void;
}

/** A column's head: orders rows when clicked; its edge changes the width. */
export function HeaderCell<Row>({ lane, sort, onSort, onResize }: HeaderCellProps<Row>) {
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
    // biome-ignore lint/a11y/useFocusableInteractive: the button inside is what is focused
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
export function SelectAll({ numRows, numSelected, onChange }: SelectAllProps) {
  const { t } = useTranslation("table");
  return (
    // biome-ignore lint/a11y/useFocusableInteractive: the box inside is what is focused
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
}

export type { Column };
