// biome-ignore-all lint/a11y/useSemanticElements: rows and cells are placed freely, which tables cannot do
// biome-ignore-all lint/a11y/useFocusableInteractive: the grid itself has the focus (aria-activedescendant)
import { useVirtualizer } from "@tanstack/react-virtual";
import { type CSSProperties, useId, useMemo, useRef } from "react";
import { useText } from "@/i18n/useText";
import { columnWidth, HEAD_HEIGHT, isRightAligned, NUMBER_WIDTH, ROW_HEIGHT } from "./gridLayout";
import { isSelected, type Selection } from "./gridSelection";
import { HeadCell } from "./HeadCell";
import classes from "./TableGrid.module.css";
import { shownCell, type TableColumn, type TableLook } from "./tableLook";
import { useGridSelection } from "./useGridSelection";

interface TableGridProps {
  look: TableLook;
  /** Those that are shown, in their order. */
  columns: readonly TableColumn[];
}

/** The first rows of a table. Only what is in view is drawn; cells are selected and copied as in a spreadsheet. */
export function TableGrid({ look, columns }: TableGridProps) {
  const t = useText("tables");
  const id = useId();
  const scroller = useRef<HTMLDivElement>(null);
  const rows = useMemo(() => rowsOf(look, columns), [look, columns]);
  const widths = useMemo(
    () => columns.map((column, index) => columnWidth(column, rows, index)),
    [columns, rows],
  );
  const across = useVirtualizer({
    horizontal: true,
    count: columns.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => widths[index] ?? 0,
    scrollPaddingStart: NUMBER_WIDTH,
    overscan: 3,
  });
  const down = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    scrollPaddingStart: HEAD_HEIGHT,
    overscan: 6,
  });
  const { selection, handlers } = useGridSelection({ rows, columns, across, down });
  const lanes = across.getVirtualItems();
  const { focus } = selection ?? { focus: null };
  return (
    <div
      ref={scroller}
      className={classes.grid}
      role="grid"
      tabIndex={0}
      aria-label={t("gridLabel")}
      aria-rowcount={rows.length + 1}
      aria-colcount={columns.length}
      aria-multiselectable
      aria-activedescendant={focus ? cellId(id, focus.row, focus.column) : undefined}
      {...handlers}
    >
      <div
        className={classes.inner}
        style={{
          width: NUMBER_WIDTH + across.getTotalSize(),
          height: HEAD_HEIGHT + down.getTotalSize(),
        }}
      >
        <div className={classes.head} role="row" aria-rowindex={1} style={{ height: HEAD_HEIGHT }}>
          <span className={classes.corner} style={{ width: NUMBER_WIDTH }} />
          {lanes.map((lane) => {
            const column = columns[lane.index];
            return (
              column && (
                <HeadCell
                  key={column.name}
                  column={column}
                  index={lane.index}
                  rows={look.num_looked_at}
                  style={laneStyle(lane)}
                />
              )
            );
          })}
        </div>
        {down.getVirtualItems().map(({ index, start }) => (
          <GridRow
            key={index}
            id={id}
            row={rows[index] ?? []}
            index={index}
            top={HEAD_HEIGHT + start}
            lanes={lanes}
            columns={columns}
            selection={selection}
          />
        ))}
      </div>
    </div>
  );
}

/** The shown columns of the first rows. */
function rowsOf(look: TableLook, columns: readonly TableColumn[]): readonly unknown[][] {
  const places = columns.map((column) => look.columns.indexOf(column));
  return look.rows.map((row) => places.map((place) => row[place]));
}

interface Lane {
  index: number;
  start: number;
  size: number;
}

const laneStyle = ({ start, size }: Lane): CSSProperties => ({
  left: NUMBER_WIDTH + start,
  width: size,
});

const cellId = (id: string, row: number, column: number) => `${id}-${row}-${column}`;

interface GridRowProps {
  id: string;
  row: readonly unknown[];
  index: number;
  top: number;
  lanes: readonly Lane[];
  columns: readonly TableColumn[];
  selection: Selection | null;
}

function GridRow({ id, row, index, top, lanes, columns, selection }: GridRowProps) {
  return (
    <div
      className={classes.row}
      role="row"
      aria-rowindex={index + 2}
      style={{ top, height: ROW_HEIGHT }}
    >
      <span className={classes.number} style={{ width: NUMBER_WIDTH }} aria-hidden>
        {index + 1}
      </span>
      {lanes.map((lane) => {
        const type = columns[lane.index]?.type ?? "";
        const { text, tone } = shownCell(row[lane.index], type);
        const cell = { row: index, column: lane.index };
        const hasFocus =
          selection?.focus.row === cell.row && selection.focus.column === cell.column;
        return (
          <span
            key={lane.index}
            id={cellId(id, index, lane.index)}
            className={classes.cell}
            role="gridcell"
            aria-colindex={lane.index + 1}
            aria-selected={selection !== null && isSelected(selection, cell)}
            data-focus={hasFocus || undefined}
            data-tone={tone}
            data-right={isRightAligned(type) || undefined}
            data-row={index}
            data-column={lane.index}
            style={laneStyle(lane)}
            title={text.length > 24 ? text : undefined}
          >
            {text}
          </span>
        );
      })}
    </div>
  );
}
