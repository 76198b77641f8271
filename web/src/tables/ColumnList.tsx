import { IconKey } from "@tabler/icons-react";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useRef } from "react";
import { useText } from "@/i18n/useText";
import { formatCount } from "@/ui/formatting";
import { ColumnDetail } from "./ColumnDetail";
import classes from "./ColumnList.module.css";
import { MissingShare, SpreadChart } from "./SpreadChart";
import { endsText, shortEnds } from "./spread";
import { TypeIcon } from "./TypeIcon";
import type { ColumnSpread, TableColumn } from "./tableLook";

interface ColumnListProps {
  columns: readonly TableColumn[];
  /** Of how many rows the spreads are. */
  rows: number;
}

const ROW_HEIGHT = 44;

/** The columns of a table below one another, each with a small picture of its values. */
export function ColumnList({ columns, rows }: ColumnListProps) {
  const t = useText("tables");
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: columns.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 8,
  });
  return (
    <div ref={scroller} className={classes.scroller}>
      <ul
        className={classes.list}
        style={{ height: virtual.getTotalSize() }}
        aria-label={t("columnsLabel")}
      >
        {virtual.getVirtualItems().map(({ index, start }) => {
          const column = columns[index];
          return (
            column && (
              <li
                key={column.name}
                className={classes.row}
                style={{ height: ROW_HEIGHT, transform: `translateY(${start}px)` }}
                aria-setsize={columns.length}
                aria-posinset={index + 1}
              >
                <ColumnDetail column={column} rows={rows} className={classes.button}>
                  <ColumnLine column={column} rows={rows} />
                </ColumnDetail>
              </li>
            )
          );
        })}
      </ul>
    </div>
  );
}

function ColumnLine({ column, rows }: { column: TableColumn; rows: number }) {
  const t = useText("tables");
  const { spread } = column;
  return (
    <>
      <TypeIcon type={column.type} />
      <span className={classes.name}>
        <span className={classes.nameLine}>
          <span className={classes.nameText} title={column.name}>
            {column.name}
          </span>
          {column.is_key && <IconKey size={12} aria-label={t("key")} />}
        </span>
        <span className={classes.type}>{column.type}</span>
      </span>
      {spread && (
        <span className={classes.chart}>
          <SpreadChart
            spread={spread}
            rows={rows}
            height={26}
            label={t("spreadOf", { name: column.name })}
          />
        </span>
      )}
      <span className={classes.facts}>
        <Short spread={spread} />
        {spread && <Second spread={spread} rows={rows} />}
      </span>
    </>
  );
}

/** The one thing about a column that is worth a line. */
function Short({ spread }: { spread: ColumnSpread | null }) {
  const t = useText("tables");
  if (spread === null) {
    return null;
  }
  if (spread.values.length > 0 || spread.low === null) {
    return spread.distinct === null ? null : (
      <span className={classes.short}>
        {t("distinct", { count: spread.distinct, shown: formatCount(spread.distinct) })}
      </span>
    );
  }
  const ends = shortEnds(spread);
  return (
    <span className={classes.short} title={endsText(spread)}>
      {typeof spread.low === "string" ? ends[0] : ends.join(" – ")}
    </span>
  );
}

/** Below it: what is missing, or else the end of days and times, which need a line of their own. */
function Second({ spread, rows }: { spread: ColumnSpread; rows: number }) {
  const isWhole = spread.missing + spread.not_a_number === 0;
  return isWhole && typeof spread.low === "string" ? (
    <span className={classes.short}>{shortEnds(spread)[1]}</span>
  ) : (
    <MissingShare spread={spread} rows={rows} />
  );
}
