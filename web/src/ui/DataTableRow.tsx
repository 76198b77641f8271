// biome-ignore-all lint/a11y/useSemanticElements: rows and cells are placed freely, which tables cannot do
// biome-ignore-all lint/a11y/useFocusableInteractive: the grid itself has the focus (aria-activedescendant)
// biome-ignore-all lint/a11y/useKeyWithClickEvents: the grid has the keys
import { IconDots } from "@tabler/icons-react";
import { type MouseEvent, memo } from "react";
import classes from "./DataTable.module.css";
import type { Column } from "./DataTableColumns";

/** A column that is in view. */
export interface Lane<Row> {
  column: Column<Row>;
  width: number;
  /** Place among the columns of the table, for screen readers. */
  index: number;
}

/** What rows tell the table; stable, so that rows need not be drawn again. */
export interface RowListener {
  onPress(index: number, event: MouseEvent): void;
  onOpen(index: number): void;
  onToggle(index: number, event: MouseEvent): void;
  onMenu(index: number, x: number, y: number): void;
}

/** Names of what every row has: the same words need not be looked up by each. */
export interface RowLabels {
  readonly select: string;
  readonly actions: string;
}

interface DataRowProps<Row> {
  id: string;
  row: Row;
  index: number;
  top: number;
  height: number;
  width: number;
  /** Room of the columns left of those in view. */
  before: number;
  lanes: readonly Lane<Row>[];
  isActive: boolean;
  isSelected: boolean;
  isSelectable: boolean;
  hasMenu: boolean;
  listener: RowListener;
  labels: RowLabels;
}

function DataRowOnce<Row>(props: DataRowProps<Row>) {
  const { row, index, lanes, isActive, isSelected, isSelectable, hasMenu, listener, labels } =
    props;
  return (
    <div
      role="row"
      id={props.id}
      aria-rowindex={index + 2}
      aria-selected={isSelectable ? isSelected : undefined}
      data-active={isActive || undefined}
      className={classes.row}
      style={{ transform: `translateY(${props.top}px)`, height: props.height, width: props.width }}
      onClick={(event) => listener.onPress(index, event)}
      onContextMenu={(event) => {
        if (hasMenu) {
          event.preventDefault();
          listener.onMenu(index, event.clientX, event.clientY);
        }
      }}
    >
      {isSelectable && (
        <div
          role="gridcell"
          aria-colindex={1}
          className={classes.tick}
          onClick={(event) => {
            event.stopPropagation();
            listener.onToggle(index, event);
          }}
        >
          <input
            type="checkbox"
            tabIndex={-1}
            readOnly
            checked={isSelected}
            aria-label={labels.select}
          />
        </div>
      )}
      <div style={{ width: props.before, flex: "none" }} />
      {lanes.map(({ column, width, index: place }) => (
        <div
          key={column.id}
          role="gridcell"
          aria-colindex={place + 1}
          className={classes.cell}
          data-align={column.align}
          style={{ width }}
        >
          {column.render(row)}
        </div>
      ))}
      {hasMenu && <MenuCell index={index} listener={listener} label={labels.actions} />}
    </div>
  );
}

interface MenuCellProps {
  index: number;
  listener: RowListener;
  label: string;
}

function MenuCell({ index, listener, label }: MenuCellProps) {
  return (
    <div role="gridcell" className={classes.menuCell}>
      <button
        type="button"
        tabIndex={-1}
        className={classes.menuButton}
        aria-label={label}
        aria-haspopup="menu"
        onClick={(event) => {
          event.stopPropagation();
          const { left, bottom } = event.currentTarget.getBoundingClientRect();
          listener.onMenu(index, left, bottom);
        }}
      >
        <IconDots size={16} aria-hidden />
      </button>
    </div>
  );
}

/** One row; drawn again only when something of it changes. */
export const DataRow = memo(DataRowOnce) as typeof DataRowOnce;
