import { Combobox } from "@mantine/core";
import { useTranslation } from "react-i18next";
import classes from "./ColumnPicker.module.css";
import { foundColumns, type NamedColumn, namesColumn } from "./columnTypes";
import { TypeIcon } from "./TypeIcon";

interface ColumnOptionsProps {
  /** Those that may be chosen; null if they are not known. */
  columns: readonly NamedColumn[] | null;
  /** What was typed. */
  query: string;
  isPattern: boolean;
  /** Choosing several: all that were found can be taken at once. */
  takesAll?: boolean;
}

/** So many columns are listed; who has more types a few letters. */
const MOST = 60;
/** Value of the option that takes everything found; no column can be called like it. */
export const ALL = "\nall";

/** The columns of a table to choose from, and what was typed itself: a table may have columns nobody knows of. */
export function ColumnOptions({ columns, query, isPattern, takesAll = false }: ColumnOptionsProps) {
  const { t } = useTranslation("tables");
  const typed = query.trim();
  const isMatch = isPattern && /[*?]/.test(typed);
  const all = columns ?? [];
  const found = isMatch ? matching(all, typed) : foundColumns(all, typed);
  const isNew = typed !== "" && !all.some(({ name }) => name === typed);
  const more = found.length - MOST;
  return (
    <Combobox.Options className={classes.options} mah={280}>
      {isNew && (isMatch || found.length === 0) && (
        <Combobox.Option value={typed}>
          {isMatch
            ? t("picker.usePattern", { name: typed, count: found.length })
            : t("picker.use", { name: typed })}
        </Combobox.Option>
      )}
      {found.slice(0, MOST).map((column) => (
        <Combobox.Option key={column.name} value={column.name} disabled={isMatch}>
          <span className={classes.option}>
            <TypeIcon type={column.type} />
            <span className={classes.optionName}>{column.name}</span>
            <span className={classes.optionType}>{column.type}</span>
          </span>
        </Combobox.Option>
      ))}
      {more > 0 && <div className={classes.note}>{t("picker.more", { count: more })}</div>}
      {takesAll && !isMatch && found.length > 1 && found.length <= MOST && (
        <Combobox.Option value={ALL} className={classes.all}>
          {t("picker.all", { count: found.length })}
        </Combobox.Option>
      )}
      {isNew && !isMatch && found.length > 0 && (
        <Combobox.Option value={typed}>{t("picker.use", { name: typed })}</Combobox.Option>
      )}
      {columns === null ? (
        <div className={classes.note}>{t("picker.notKnown")}</div>
      ) : (
        found.length === 0 && typed === "" && <div className={classes.note}>{t("picker.none")}</div>
      )}
    </Combobox.Options>
  );
}

const matching = (columns: readonly NamedColumn[], pattern: string) =>
  columns.filter((column) => namesColumn(pattern, [column], { isPattern: true }));
