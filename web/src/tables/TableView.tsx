import { CopyButton, SegmentedControl, TextInput, UnstyledButton } from "@mantine/core";
import { IconCheck, IconCopy, IconSearch } from "@tabler/icons-react";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { formatCount } from "@/ui/formatting";
import { ColumnList } from "./ColumnList";
import { foundColumns } from "./columnTypes";
import { TableGrid } from "./TableGrid";
import classes from "./TableOutput.module.css";
import { separatedText, type TableColumn, type TableLook } from "./tableLook";

type Way = "columns" | "rows";

interface TableViewProps {
  look: TableLook;
  /** Beside other things: columns first, since rows need more room. */
  isSmall?: boolean;
}

/** The columns of a table, or its first rows; with a search for columns. */
export function TableView({ look, isSmall = false }: TableViewProps) {
  const { t } = useTranslation("tables");
  const [way, setWay] = useState<Way>(isSmall ? "columns" : "rows");
  const [query, search] = useState("");
  const columns = useMemo(() => foundColumns(look.columns, query), [look, query]);
  const hasRows = !look.is_far;
  return (
    <div className={classes.view} data-small={isSmall || undefined}>
      <div className={classes.tools}>
        <TextInput
          className={classes.search}
          type="search"
          aria-label={t("search")}
          placeholder={t("search")}
          leftSection={<IconSearch size={14} aria-hidden />}
          value={query}
          onChange={(event) => search(event.currentTarget.value)}
        />
        {hasRows && (
          <SegmentedControl
            aria-label={t("way.label")}
            value={way}
            onChange={(value) => setWay(value as Way)}
            data={[
              { value: "columns", label: t("way.columns") },
              { value: "rows", label: t("way.rows") },
            ]}
          />
        )}
        {hasRows && way === "rows" && <CopyRows look={look} columns={columns} />}
      </div>
      {columns.length === 0 ? (
        <p className={classes.hint}>{t(query === "" ? "noColumns" : "notFound")}</p>
      ) : way === "columns" || !hasRows ? (
        <ColumnList columns={columns} rows={look.num_looked_at} />
      ) : (
        <TableGrid look={look} columns={columns} />
      )}
      <p className={classes.hint}>
        <Extent look={look} way={hasRows ? way : "columns"} />
      </p>
    </div>
  );
}

/** Of how much is seen what. */
function Extent({ look, way }: { look: TableLook; way: Way }) {
  const { t } = useTranslation("tables");
  const { num_rows: all, num_looked_at: seen, rows } = look;
  const cut =
    look.columns.length < look.num_columns ? ` ${t("cut", { count: look.columns.length })}` : "";
  if (look.is_far) {
    return t("far") + cut;
  }
  const text =
    way === "rows"
      ? t("firstRows", { count: rows.length, shown: formatCount(rows.length) })
      : seen < all
        ? t("sampled", { count: seen, shown: formatCount(seen) })
        : t("allRows");
  return text + cut;
}

/** The shown rows as text for a spreadsheet. */
function CopyRows({ look, columns }: { look: TableLook; columns: readonly TableColumn[] }) {
  const { t } = useTranslation("tables");
  const places = columns.map((column) => look.columns.indexOf(column));
  const text = () =>
    separatedText([
      columns.map(({ name }) => name),
      ...look.rows.map((row) => places.map((place) => row[place])),
    ]);
  return (
    <CopyButton value={look.rows.length > 0 ? text() : ""} timeout={1200}>
      {({ copied, copy }) => {
        const label = copied ? t("common:action.copied") : t("copyRows");
        const Icon = copied ? IconCheck : IconCopy;
        return (
          <UnstyledButton
            className={classes.copy}
            disabled={look.rows.length === 0}
            aria-label={label}
            title={label}
            onClick={copy}
          >
            <Icon size={16} aria-hidden />
          </UnstyledButton>
        );
      }}
    </CopyButton>
  );
}
