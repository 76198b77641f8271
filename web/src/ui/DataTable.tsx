// biome-ignore-all lint/a11y/useSemanticElements: rows and cells are placed freely, which tables cannot do
// biome-ignore-all lint/a11y/useFocusableInteractive: the grid itself has the focus (aria-activedescendant)
import { useVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, useCallback, useEffect, useId, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import classes from "./DataTable.module.css";
import { type Column, type RowAction, type Sort, sorted } from "./DataTableColumns";
import { useTableFocus } from "./DataTableFocus";
import { TableHead } from "./DataTableHead";
import { useLanes } from "./DataTableLanes";
import { useTableMemory } from "./DataTableMemory";
import { RowMenu } from "./DataTableMenu";
import { DataRow, type RowLabels } from "./DataTableRow";

export { CopyableId } from "./DataTableId";
export type { Column, RowAction, Sort };

export interface DataTableProps<Row> {
  /** Under this name the chosen columns and widths are remembered. */
  name: string;
  /** What the table is of, for screen readers. */
  label: string;
  rows: readonly Row[];
  columns: readonly Column<Row>[];
  rowKey(row: Row): string;
  /** Enter, or a click on the row. */
  onOpen?(row: Row): void;
  /** Keys of selected rows; without it rows cannot be selected. */
  selection?: ReadonlySet<string>;
  onSelectionChange?(selection: ReadonlySet<string>): void;
  /** Given: somebody else (the server) orders the rows. Otherwise the table does. */
  sort?: Sort | null;
  onSortChange?(sort: Sort | null): void;
  /** The order to begin with, where the table orders them. */
  initialSort?: Sort;
  /** Entries of a row's menu. */
  actions?(row: Row): readonly RowAction[];
  /** Instead of rows while there are none. */
  empty?: ReactNode;
  /** The last rows came into view: more may be read. */
  onEndReached?(): void;
  /** How many rows there are altogether, if not all have been read. */
  total?: number;
  rowHeight?: number;
}

const TICK_WIDTH = 36;
const MENU_WIDTH = 36;
/** Rows drawn beyond those in view, on both sides. */
const OVERSCAN = 8;

/** A table of any length: only what is in view is drawn. Fills the height it is given. */
export function DataTable<Row>(props: DataTableProps<Row>) {
  const { columns, rowHeight = 34 } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const id = useId();
  const [memory, changeMemory] = useTableMemory(props.name);
  const { rows, sort, changeSort } = useOrder(props);
  const isSelectable = props.selection !== undefined;
  const edges = (isSelectable ? TICK_WIDTH : 0) + MENU_WIDTH;
  const labels = useRowLabels();
  const grid = useLanes(scroller, columns, memory, edges);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: OVERSCAN,
    useFlushSync: false, // rows and columns in one go: two would lay out twice
    scrollPaddingStart: rowHeight, // the head covers the first row's height
  });
  const items = virtual.getVirtualItems();
  const inView = Math.ceil((scroller.current?.clientHeight ?? 0) / rowHeight) + 1;
  const numSlots = Math.max(items.length, inView + 2 * OVERSCAN);
  useEndReached(items.at(-1)?.index ?? -1, rows.length, props.onEndReached);
  const focus = useTableFocus({ ...props, rows, virtual, scroller, rowHeight });
  const width = grid.total + edges;
  const { rowKey, onSelectionChange } = props;
  const selectAll = useCallback(
    (all: boolean) => onSelectionChange?.(new Set(all ? rows.map(rowKey) : [])),
    [rows, rowKey, onSelectionChange],
  );
  return (
    <div
      ref={scroller}
      className={classes.table}
      role="grid"
      aria-label={props.label}
      aria-rowcount={(props.total ?? rows.length) + 1}
      aria-colcount={grid.count}
      aria-multiselectable={isSelectable || undefined}
      aria-activedescendant={focus.active >= 0 ? `${id}${focus.active}` : undefined}
      tabIndex={0}
      onKeyDown={focus.onKeyDown}
      onFocus={focus.onFocus}
    >
      <TableHead
        {...{ columns, memory, changeMemory, grid, width, sort }}
        onSort={changeSort}
        ticks={
          isSelectable && {
            numRows: rows.length,
            numSelected: props.selection?.size ?? 0,
            onChange: selectAll,
          }
        }
      />
      {rows.length === 0 && <div className={classes.empty}>{props.empty}</div>}
      <div role="rowgroup" style={{ height: virtual.getTotalSize(), width, position: "relative" }}>
        {items.map((item) => {
          const row = rows[item.index];
          return row === undefined ? null : (
            <DataRow
              key={item.index % numSlots} // what leaves the view comes back as another row
              id={`${id}${item.index}`}
              row={row}
              index={item.index}
              top={item.start}
              height={rowHeight}
              width={width}
              before={grid.before}
              lanes={grid.lanes}
              isActive={item.index === focus.active}
              isSelected={props.selection?.has(props.rowKey(row)) ?? false}
              isSelectable={isSelectable}
              hasMenu={props.actions !== undefined}
              listener={focus.listener}
              labels={labels}
            />
          );
        })}
      </div>
      <RowMenu menu={focus.menu} onClose={focus.closeMenu} />
    </div>
  );
}

function useRowLabels(): RowLabels {
  const { t } = useTranslation("table");
  return useMemo(() => ({ select: t("selectRow"), actions: t("actions") }), [t]);
}

/** Rows in order: in the given one where somebody else orders them, else as chosen here. */
function useOrder<Row>({
  rows,
  columns,
  initialSort,
  onSortChange,
  ...given
}: DataTableProps<Row>) {
  const [ownSort, setOwnSort] = useState<Sort | null>(initialSort ?? null);
  const isGiven = given.sort !== undefined;
  const ordered = useMemo(
    () => (isGiven ? rows : sorted(rows, columns, ownSort)),
    [isGiven, rows, columns, ownSort],
  );
  const changeSort = useCallback(
    (next: Sort | null) => {
      setOwnSort(next);
      onSortChange?.(next);
    },
    [onSortChange],
  );
  return { rows: ordered, sort: given.sort === undefined ? ownSort : given.sort, changeSort };
}

/** Tell when the last row has come into view. */
function useEndReached(
  last: number,
  numRows: number,
  onEndReached: (() => void) | undefined,
): void {
  useEffect(() => {
    if (last >= 0 && last >= numRows - 1) {
      onEndReached?.();
    }
  }, [last, numRows, onEndReached]);
}
