import { useVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, useEffect, useId, useMemo, useRef, useState } from "react";
import classes from "./DataTable.module.css";
import { ColumnChooser } from "./DataTableChooser";
import {
  type Column,
  isShown,
  type RowAction,
  type Sort,
  sorted,
  widthsOf,
} from "./DataTableColumns";
import { useTableFocus } from "./DataTableFocus";
import { HeaderCell, SelectAll } from "./DataTableHead";
import { useTableMemory } from "./DataTableMemory";
import { RowMenu } from "./DataTableMenu";
import { DataRow, type Lane } from "./DataTableRow";

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

/** A table of any length: only what is in view is drawn. Fills the height it is given. */
export function DataTable<Row>(props: DataTableProps<Row>) {
  const { rows: given, columns, rowHeight = 34, onEndReached } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const id = useId();
  const [memory, changeMemory] = useTableMemory(props.name);
  const [ownSort, setOwnSort] = useState<Sort | null>(props.initialSort ?? null);
  const sort = props.sort === undefined ? ownSort : props.sort;
  const rows = useMemo(
    () => (props.sort === undefined ? sorted(given, columns, ownSort) : given),
    [props.sort, given, columns, ownSort],
  );
  const isSelectable = props.selection !== undefined;
  const edges = (isSelectable ? TICK_WIDTH : 0) + MENU_WIDTH;
  const grid = useLanes(scroller, columns, memory, edges);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 8,
    scrollPaddingStart: rowHeight,
  });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? -1;
  useEffect(() => {
    if (last >= 0 && last >= rows.length - 1) {
      onEndReached?.();
    }
  }, [last, rows.length, onEndReached]);
  const focus = useTableFocus({ ...props, rows, virtual, scroller, rowHeight });
  const width = grid.total + edges;
  const changeSort = (next: Sort | null) => {
    setOwnSort(next);
    props.onSortChange?.(next);
  };
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
      {/* biome-ignore lint/a11y/useFocusableInteractive: its buttons are focused */}
      <div role="row" aria-rowindex={1} className={classes.head} style={{ width }}>
        {isSelectable && (
          <SelectAll
            numRows={rows.length}
            numSelected={props.selection?.size ?? 0}
            onChange={(all) =>
              props.onSelectionChange?.(new Set(all ? rows.map(props.rowKey) : []))
            }
          />
        )}
        <div style={{ width: grid.before, flex: "none" }} />
        {grid.lanes.map((lane) => (
          <HeaderCell
            key={lane.column.id}
            lane={lane}
            sort={sort}
            onSort={changeSort}
            onResize={(column, wide) =>
              changeMemory((before) => ({
                ...before,
                widths: { ...before.widths, [column]: wide },
              }))
            }
          />
        ))}
        {/* biome-ignore lint/a11y/useFocusableInteractive: its button is focused */}
        <div role="columnheader" className={classes.menuCell}>
          <ColumnChooser columns={columns} memory={memory} onChange={changeMemory} />
        </div>
      </div>
      {rows.length === 0 && <div className={classes.empty}>{props.empty}</div>}
      <div role="rowgroup" style={{ height: virtual.getTotalSize(), width, position: "relative" }}>
        {items.map(({ index, start }) => {
          const row = rows[index];
          return row === undefined ? null : (
            <DataRow
              key={props.rowKey(row)}
              id={`${id}${index}`}
              row={row}
              index={index}
              top={start}
              height={rowHeight}
              width={width}
              before={grid.before}
              lanes={grid.lanes}
              isActive={index === focus.active}
              isSelected={props.selection?.has(props.rowKey(row)) ?? false}
              isSelectable={isSelectable}
              hasMenu={props.actions !== undefined}
              listener={focus.listener}
            />
          );
        })}
      </div>
      <RowMenu menu={focus.menu} onClose={focus.closeMenu} />
    </div>
  );
}

/** The columns in view, with their widths. */
function useLanes<Row>(
  scroller: React.RefObject<HTMLDivElement | null>,
  columns: readonly Column<Row>[],
  memory: Parameters<typeof widthsOf>[1],
  edges: number,
) {
  const [room, setRoom] = useState(0);
  useEffect(() => {
    const element = scroller.current;
    if (element === null) {
      return undefined;
    }
    const observer = new ResizeObserver(() => setRoom(element.clientWidth));
    observer.observe(element);
    setRoom(element.clientWidth);
    return () => observer.disconnect();
  }, [scroller]);
  const all = useMemo<Lane<Row>[]>(() => {
    const shown = columns.filter((column) => isShown(column, memory));
    const widths = widthsOf(shown, memory, room - edges);
    return shown.map((column, at) => ({ column, width: widths[at] ?? 0, index: at + 1 }));
  }, [columns, memory, room, edges]);
  const virtual = useVirtualizer({
    horizontal: true,
    count: all.length,
    getScrollElement: () => scroller.current,
    estimateSize: (at) => all[at]?.width ?? 0,
    overscan: 3,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: widths are remembered until one says so
  useEffect(() => virtual.measure(), [all]);
  const inView = virtual.getVirtualItems();
  const first = inView[0]?.index ?? 0;
  const last = inView.at(-1)?.index ?? -1;
  const lanes = useMemo(() => all.slice(first, last + 1), [all, first, last]);
  const widthOf = (some: Lane<Row>[]) => some.reduce((sum, lane) => sum + lane.width, 0);
  return {
    lanes,
    before: widthOf(all.slice(0, first)),
    total: widthOf(all),
    count: all.length + 1,
  };
}
