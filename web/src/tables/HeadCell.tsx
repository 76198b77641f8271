// biome-ignore-all lint/a11y/useSemanticElements: cells are placed freely, which tables cannot do
// biome-ignore-all lint/a11y/useFocusableInteractive: the button inside has the focus
import { IconKey } from "@tabler/icons-react";
import type { CSSProperties } from "react";
import { useText } from "@/i18n/useText";
import { formatCount } from "@/ui/formatting";
import { ColumnDetail } from "./ColumnDetail";
import { MissingShare, SpreadChart } from "./SpreadChart";
import { shortEnds } from "./spread";
import classes from "./TableGrid.module.css";
import { TypeIcon } from "./TypeIcon";
import type { ColumnSpread, TableColumn } from "./tableLook";

interface HeadCellProps {
  column: TableColumn;
  index: number;
  /** Of how many rows the spread is. */
  rows: number;
  style: CSSProperties;
}

/** The head of a column: name, type, and how its values are spread. */
export function HeadCell({ column, index, rows, style }: HeadCellProps) {
  const t = useText("tables");
  const { spread } = column;
  return (
    <span
      className={classes.headCell}
      role="columnheader"
      aria-colindex={index + 1}
      aria-label={column.name}
      style={style}
    >
      <ColumnDetail column={column} rows={rows} className={classes.headButton}>
        <span className={classes.headName} title={column.name}>
          <TypeIcon type={column.type} />
          <span className={classes.headText}>{column.name}</span>
          {column.is_key && <IconKey size={12} aria-label={t("key")} />}
        </span>
        <span className={classes.headType}>
          <span>{column.type}</span>
          {spread && <MissingShare spread={spread} rows={rows} isShort />}
        </span>
        {spread && (
          <>
            <SpreadChart
              spread={spread}
              rows={rows}
              height={30}
              label={t("spreadOf", { name: column.name })}
            />
            <span className={classes.headFacts}>
              <Short spread={spread} />
            </span>
          </>
        )}
      </ColumnDetail>
    </span>
  );
}

function Short({ spread }: { spread: ColumnSpread }) {
  const t = useText("tables");
  const ends = spread.values.length > 0 ? "" : shortEnds(spread).join(" – ");
  if (ends !== "" || spread.distinct === null) {
    return ends;
  }
  return t("distinct", { count: spread.distinct, shown: formatCount(spread.distinct) });
}
