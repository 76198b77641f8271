import { CopyButton, Popover, UnstyledButton } from "@mantine/core";
import { IconCheck, IconCopy, IconKey } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useText } from "@/i18n/useText";
import { formatCount, formatNumber } from "@/ui/formatting";
import classes from "./ColumnDetail.module.css";
import { SpreadChart } from "./SpreadChart";
import { countText, endsText, shareText } from "./spread";
import { TypeIcon } from "./TypeIcon";
import type { ColumnSpread, TableColumn } from "./tableLook";

interface ColumnDetailProps {
  column: TableColumn;
  /** Of how many rows its spread is. */
  rows: number;
  /** What is clicked; gets the room it is given. */
  children: ReactNode;
  className?: string;
}

/** Something of a column that shows everything about it when it is clicked. */
export function ColumnDetail({ column, rows, children, className }: ColumnDetailProps) {
  const t = useText("tables");
  return (
    <Popover width={300} position="bottom-start" shadow="md" withinPortal trapFocus returnFocus>
      <Popover.Target>
        <UnstyledButton className={className} aria-label={t("about", { name: column.name })}>
          {children}
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown p="sm">
        <About column={column} rows={rows} />
      </Popover.Dropdown>
    </Popover>
  );
}

function About({ column, rows }: { column: TableColumn; rows: number }) {
  const t = useText("tables");
  const { spread } = column;
  return (
    <div className={classes.about}>
      <div className={classes.title}>
        <TypeIcon type={column.type} size={16} />
        <strong>{column.name}</strong>
        <CopyName name={column.name} />
      </div>
      <p className={classes.type}>
        <code>{column.type}</code>
        {column.is_key && (
          <span className={classes.mark}>
            <IconKey size={12} aria-hidden /> {t("key")}
          </span>
        )}
        {column.is_partition && <span className={classes.mark}>{t("partition")}</span>}
      </p>
      {spread === null ? (
        <p className={classes.hint}>{t(column.is_partition ? "partitionHint" : "notLookedAt")}</p>
      ) : (
        <Spread spread={spread} rows={rows} name={column.name} />
      )}
    </div>
  );
}

function CopyName({ name }: { name: string }) {
  const t = useText("tables");
  return (
    <CopyButton value={name} timeout={1200}>
      {({ copied, copy }) => (
        <UnstyledButton
          className={classes.copy}
          onClick={copy}
          aria-label={copied ? t("common:action.copied") : t("copyName")}
          title={copied ? t("common:action.copied") : t("copyName")}
        >
          {copied ? <IconCheck size={14} aria-hidden /> : <IconCopy size={14} aria-hidden />}
        </UnstyledButton>
      )}
    </CopyButton>
  );
}

function Spread({ spread, rows, name }: { spread: ColumnSpread; rows: number; name: string }) {
  const t = useText("tables");
  const facts = factsOf(spread, rows, t);
  return (
    <>
      {spread.bars.length > 0 && (
        <figure className={classes.figure}>
          <SpreadChart spread={spread} rows={rows} height={88} label={t("spreadOf", { name })} />
          <figcaption className={classes.axis}>
            <span>{endText(spread.low)}</span>
            <span>{spread.of === "lengths" && t("lengths")}</span>
            <span>{endText(spread.high)}</span>
          </figcaption>
        </figure>
      )}
      {spread.values.length > 0 && <Values spread={spread} rows={rows} />}
      <dl className={classes.facts}>
        {facts.map(([term, text]) => (
          <div key={term}>
            <dt>{term}</dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
      <p className={classes.hint}>{t("ofRows", { count: rows, rows: formatCount(rows) })}</p>
    </>
  );
}

const endText = (end: number | string | null) =>
  typeof end === "number" ? formatNumber(end) : (end ?? "");

function Values({ spread, rows }: { spread: ColumnSpread; rows: number }) {
  return (
    <ul className={classes.values}>
      {spread.values.map(({ value, count }) => (
        <li key={value}>
          <span className={classes.value} title={value}>
            {value === "" ? '""' : value}
          </span>
          <span className={classes.track} aria-hidden>
            <span style={{ width: `${(100 * count) / Math.max(1, rows)}%` }} />
          </span>
          <span className={classes.share}>{shareText(count, rows)}</span>
        </li>
      ))}
    </ul>
  );
}

type Say = ReturnType<typeof useText<"tables">>;

function factsOf(spread: ColumnSpread, rows: number, t: Say): [string, string][] {
  const facts: [string, string][] = [[t("facts.missing"), countText(spread.missing, rows)]];
  if (spread.not_a_number > 0) {
    facts.push([t("facts.notANumber"), countText(spread.not_a_number, rows)]);
  }
  if (spread.empty > 0) {
    facts.push([t("facts.empty"), countText(spread.empty, rows)]);
  }
  if (spread.distinct !== null) {
    facts.push([t("facts.distinct"), formatCount(spread.distinct)]);
  }
  if (spread.low !== null && spread.of === "values") {
    facts.push([t("facts.ends"), endsText(spread)]);
  }
  if (spread.mean !== null) {
    facts.push([t("facts.mean"), formatNumber(spread.mean)]);
  }
  return facts;
}
