// biome-ignore-all lint/a11y/useSemanticElements: rows are placed freely, which tables cannot do
// biome-ignore-all lint/a11y/useFocusableInteractive: the table itself has the focus, to be scrolled
// biome-ignore-all lint/a11y/noNoninteractiveTabindex: likewise
import { useVirtualizer } from "@tanstack/react-virtual";
import { type CSSProperties, useMemo, useRef } from "react";
import { useText } from "@/i18n/useText";
import { familyOf } from "@/tables/columnTypes";
import { TypeIcon } from "@/tables/TypeIcon";
import { formatCount } from "@/ui/formatting";
import type { InputColumn, Row, Target } from "./inputs";
import classes from "./RowsGrid.module.css";
import { cellKey } from "./refusedCells";
import { columnWidth, type Said, saidOf } from "./resultTable";
import type { GivenRow, GivenRows } from "./rowsText";
import type { SeveralRows } from "./useSeveralRows";

interface RowsGridProps {
  rows: SeveralRows;
  given: GivenRows;
  targets: readonly Target[];
  onOpen(row: Row): void;
}

const ROW_HEIGHT = 28;
const NUMBER_WIDTH = 64;
const SAID_WIDTH = 148;
/** Widths are judged by so many rows. */
const JUDGED = 200;

/** Rows as they came, each behind what the model says of it. What cannot be read is marked. */
export function RowsGrid({ rows, given, targets, onOpen }: RowsGridProps) {
  const t = useText("tableModels");
  const scroller = useRef<HTMLDivElement>(null);
  const { answers, refused } = rows;
  const widths = useMemo(() => widthsOf(given), [given]);
  const shownTargets = answers === null ? [] : targets;
  const down = useVirtualizer({
    count: given.rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 8,
  });
  const lanes: CSSProperties = {
    gridTemplateColumns: [NUMBER_WIDTH, ...shownTargets.map(() => SAID_WIDTH), ...widths]
      .map((width) => `${width}px`)
      .join(" "),
  };
  return (
    <div
      ref={scroller}
      className={classes.grid}
      role="table"
      tabIndex={0}
      aria-label={t("rows.grid")}
      aria-rowcount={given.rows.length + 1}
    >
      <div className={classes.inner}>
        <Head lanes={lanes} targets={shownTargets} columns={given.columns} />
        <div className={classes.body} style={{ height: down.getTotalSize() }}>
          {down.getVirtualItems().map(({ index, start }) => {
            const row = given.rows[index];
            const answer = answers?.rows[index];
            return (
              row && (
                <GridRow
                  key={index}
                  row={row}
                  number={index}
                  said={answer ? shownTargets.map((target) => saidOf(target, answer)) : []}
                  columns={given.columns}
                  refused={refused}
                  style={{ ...lanes, transform: `translateY(${start}px)` }}
                  onOpen={onOpen}
                />
              )
            );
          })}
        </div>
      </div>
    </div>
  );
}

const widthsOf = ({ columns, rows }: GivenRows): readonly number[] =>
  columns.map(({ name }) =>
    columnWidth(
      name,
      rows.slice(0, JUDGED).map(({ texts }) => texts[name] ?? ""),
    ),
  );

interface HeadProps {
  lanes: CSSProperties;
  targets: readonly Target[];
  columns: readonly InputColumn[];
}

function Head({ lanes, targets, columns }: HeadProps) {
  const t = useText("tableModels");
  return (
    <div className={classes.head} role="row" style={lanes}>
      <span role="columnheader" className={classes.number}>
        {t("rows.number")}
      </span>
      {targets.map(({ column, type, classes: values }) => (
        <span
          key={column}
          role="columnheader"
          className={classes.said}
          data-end={type === "number" || undefined}
          title={column}
        >
          <span className={classes.name}>{column}</span>
          {type === "binary" && <span>{t("rows.chance", { label: values?.[1] })}</span>}
        </span>
      ))}
      {columns.map(({ name, column_type }) => (
        <span key={name} role="columnheader" title={`${name} · ${column_type}`}>
          <TypeIcon type={column_type} size={12} />
          <span className={classes.name}>{name}</span>
        </span>
      ))}
    </div>
  );
}

interface GridRowProps {
  row: GivenRow;
  number: number;
  said: readonly (Said | null)[];
  columns: readonly InputColumn[];
  refused: ReadonlyMap<string, string>;
  style: CSSProperties;
  onOpen(row: Row): void;
}

function GridRow({ row, number, said, columns, refused, style, onOpen }: GridRowProps) {
  const t = useText("tableModels");
  const title = t("rows.open", { row: formatCount(number + 1) });
  return (
    <div className={classes.row} role="row" aria-rowindex={number + 2} style={style}>
      <span role="rowheader" className={classes.number}>
        <button type="button" title={title} aria-label={title} onClick={() => onOpen(row.row)}>
          {formatCount(number + 1)}
        </button>
      </span>
      {said.map((each, at) => (
        <span
          // biome-ignore lint/suspicious/noArrayIndexKey: one for each target, always in the same order
          key={at}
          role="cell"
          className={classes.said}
          data-end={each?.isNumber || undefined}
          title={each?.value}
        >
          <strong>{each?.value}</strong>
          <span>{each?.score}</span>
        </span>
      ))}
      {columns.map((column) => (
        <Cell
          key={column.name}
          column={column}
          row={row}
          refused={refused.get(cellKey(number, column.name)) ?? null}
        />
      ))}
    </div>
  );
}

interface CellProps {
  column: InputColumn;
  row: GivenRow;
  refused: string | null;
}

function Cell({ column, row, refused }: CellProps) {
  const t = useText("tableModels");
  const problem = row.problems[column.name];
  const wrong = problem === undefined ? refused : t(`cell.${problem}`);
  const isMissing = wrong === null && row.row[column.name] === null;
  const text = row.texts[column.name] ?? "";
  return (
    <span
      role="cell"
      className={classes.cell}
      data-wrong={wrong !== null || undefined}
      data-missing={isMissing || undefined}
      data-end={familyOf(column.column_type) === "number" || undefined}
      title={wrong ?? text}
    >
      {isMissing ? t("form.null") : text}
    </span>
  );
}
