import { Button, TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { GROUPED_FROM, type InputColumn, neededColumns, type Target } from "@/tableModels/inputs";
import { rangeText } from "@/tableModels/ranges";
import { shownValue } from "@/tableModels/values";
import { TypeIcon } from "@/tables/TypeIcon";
import { formatCount } from "@/ui/formatting";
import { Panel } from "./DetailsPanel";
import classes from "./TableDetails.module.css";

const NAMED = 12;

/** The columns that a model predicts, and which values they can have. */
export function TableTargets({ targets }: { targets: readonly Target[] }) {
  const { t } = useTranslation("tableModels");
  return (
    <Panel title={t("details.targets")}>
      <ul className={classes.targets}>
        {targets.map(({ column, type, classes: values }) => (
          <li key={column}>
            <strong>{column}</strong>
            <span className={classes.secondary}>{t(`details.type_of.${type}`)}</span>
            {values !== null && (
              <span className={classes.values} title={values.slice(0, 100).join(", ")}>
                {values.slice(0, NAMED).map((value) => (
                  <span key={value}>{value}</span>
                ))}
                {values.length > NAMED && t("details.classes", { count: values.length })}
              </span>
            )}
          </li>
        ))}
      </ul>
    </Panel>
  );
}

const SHOWN_AT_FIRST = 40;

interface TableInputsProps {
  /** Null where there are too many to tell of. */
  inputs: readonly InputColumn[] | null;
  count: number;
}

/** The columns that a model needs, with what was seen of them when it learned. */
export function TableInputs({ inputs, count }: TableInputsProps) {
  const { t } = useTranslation("tableModels");
  const [query, search] = useState("");
  const [isWhole, showWhole] = useState(false);
  const needed = neededColumns(inputs ?? []);
  const keys = (inputs ?? []).filter(({ required }) => !required);
  const wanted = query.trim().toLowerCase();
  const found = needed.filter(({ name }) => name.toLowerCase().includes(wanted));
  const shown = isWhole ? found : found.slice(0, SHOWN_AT_FIRST);
  return (
    <Panel title={t("details.inputs", { count: inputs === null ? count : needed.length })}>
      {inputs === null && <p className={classes.note}>{t("details.tooManyColumns")}</p>}
      {needed.length > GROUPED_FROM && (
        <TextInput
          w={240}
          type="search"
          aria-label={t("form.search")}
          placeholder={t("form.search")}
          leftSection={<IconSearch size={14} aria-hidden />}
          value={query}
          onChange={(event) => search(event.currentTarget.value)}
        />
      )}
      {shown.length > 0 && <Columns columns={shown} />}
      {inputs !== null && found.length === 0 && (
        <p className={classes.note}>{t("form.notFound")}</p>
      )}
      {shown.length < found.length && (
        <Button variant="subtle" size="compact-xs" onClick={() => showWhole(true)}>
          {t("details.all", { count: found.length })}
        </Button>
      )}
      {keys.length > 0 && (
        <p className={classes.note}>
          {t("details.keys")} <code>{keys.map(({ name }) => name).join(", ")}</code>
        </p>
      )}
    </Panel>
  );
}

function Columns({ columns }: { columns: readonly InputColumn[] }) {
  const { t } = useTranslation("tableModels");
  return (
    <table className={classes.columns}>
      <thead>
        <tr>
          <th scope="col">{t("details.column")}</th>
          <th scope="col">{t("details.type")}</th>
          <th scope="col">{t("details.seen")}</th>
        </tr>
      </thead>
      <tbody>
        {columns.map((column) => (
          <tr key={column.name}>
            <th scope="row" title={column.name}>
              <span className={classes.name}>
                <TypeIcon type={column.column_type} />
                {column.name}
              </span>
            </th>
            <td>{column.column_type}</td>
            <td title={column.values.map(shownValue).join(", ")}>{seenText(column)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const TOLD = 6;

/** Between what its numbers or days were, else its frequent values. */
function seenText(column: InputColumn): string {
  const range = rangeText(column);
  if (range !== "") {
    return range;
  }
  const told = column.values.slice(0, TOLD).map(shownValue).join(", ");
  return column.values.length > TOLD ? `${told} … (${formatCount(column.values.length)}+)` : told;
}
