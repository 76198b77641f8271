import { Button, TextInput } from "@mantine/core";
import { IconChevronRight, IconSearch } from "@tabler/icons-react";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { GROUPED_FROM, type InputColumn, type InputGroup, inputGroups } from "./inputs";
import classes from "./RowForm.module.css";
import type { WhatIf } from "./useWhatIf";
import { ValueField } from "./ValueField";

interface RowFormProps {
  columns: readonly InputColumn[];
  whatIf: WhatIf;
}

/** A field for each column, in groups and to be searched if there are many. */
export function RowForm({ columns, whatIf }: RowFormProps) {
  const { t } = useTranslation("tableModels");
  const [query, search] = useState("");
  const groups = useMemo(() => inputGroups(columns, query), [columns, query]);
  return (
    <form
      className={classes.form}
      aria-label={t("form.title")}
      onSubmit={(event) => event.preventDefault()}
    >
      {columns.length > GROUPED_FROM && (
        <TextInput
          type="search"
          size="xs"
          aria-label={t("form.search")}
          placeholder={t("form.search")}
          leftSection={<IconSearch size={14} aria-hidden />}
          value={query}
          onChange={(event) => search(event.currentTarget.value)}
        />
      )}
      {groups.map(({ group, columns: found }) => (
        <Group key={group} group={group} columns={found} whatIf={whatIf} />
      ))}
      {groups.length === 0 && <p className={classes.note}>{t("form.notFound")}</p>}
    </form>
  );
}

interface GroupProps extends RowFormProps {
  group: InputGroup;
}

/** With hundreds of fields a page would take long to appear. */
const SHOWN_AT_FIRST = 24;

function Group({ group, columns, whatIf }: GroupProps) {
  const { t } = useTranslation("tableModels");
  const [isOpen, open] = useState(true);
  const [isWhole, showWhole] = useState(false);
  const shown = isWhole ? columns : columns.slice(0, SHOWN_AT_FIRST);
  const title = t(`group.${group}`);
  return (
    <section className={classes.group} aria-label={title}>
      {group !== "all" && (
        <button
          type="button"
          className={classes.title}
          aria-expanded={isOpen}
          onClick={() => open((before) => !before)}
        >
          <IconChevronRight size={14} aria-hidden />
          {title}
          <span>{columns.length}</span>
        </button>
      )}
      {isOpen && <Fields columns={shown} whatIf={whatIf} />}
      {isOpen && shown.length < columns.length && (
        <Button variant="subtle" size="compact-xs" onClick={() => showWhole(true)}>
          {t("form.more", { count: columns.length - shown.length })}
        </Button>
      )}
    </section>
  );
}

function Fields({ columns, whatIf }: RowFormProps) {
  const changed = new Set(whatIf.changes.map(({ name }) => name));
  return (
    <div className={classes.fields}>
      {columns.map((column) => {
        const entry = whatIf.entries[column.name];
        return (
          entry && (
            <ValueField
              key={column.name}
              column={column}
              entry={entry}
              problem={whatIf.problems[column.name] ?? null}
              isChanged={changed.has(column.name)}
              onChange={(next) => whatIf.change(column.name, next)}
            />
          )
        );
      })}
    </div>
  );
}
