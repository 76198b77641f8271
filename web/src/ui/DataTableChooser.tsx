import { ActionIcon, Button, Checkbox, Popover, TextInput } from "@mantine/core";
import { IconColumns3, IconSearch } from "@tabler/icons-react";
import { memo, useState } from "react";
import { useTranslation } from "react-i18next";
import classes from "./DataTable.module.css";
import {
  type Column,
  isShown,
  NOTHING_CHOSEN,
  type TableMemory,
  withShown,
} from "./DataTableColumns";

interface ColumnChooserProps<Row> {
  columns: readonly Column<Row>[];
  memory: TableMemory;
  onChange(change: (memory: TableMemory) => TableMemory): void;
}

/** A button that opens the list of all columns, to show and hide them. */
function ColumnChooserOnce<Row>(props: ColumnChooserProps<Row>) {
  const { t } = useTranslation("table");
  const [isOpen, setOpen] = useState(false);
  return (
    <Popover opened={isOpen} onChange={setOpen} position="bottom-end" trapFocus shadow="md">
      <Popover.Target>
        <ActionIcon
          size="sm"
          aria-label={t("columns")}
          title={t("columns")}
          onClick={() => setOpen((before) => !before)}
        >
          <IconColumns3 size={16} stroke={1.6} />
        </ActionIcon>
      </Popover.Target>
      <Popover.Dropdown className={classes.chooser} aria-label={t("columns")}>
        {isOpen && <ColumnList {...props} />}
      </Popover.Dropdown>
    </Popover>
  );
}

/** Drawn again only when columns change. */
export const ColumnChooser = memo(ColumnChooserOnce) as typeof ColumnChooserOnce;

function ColumnList<Row>({ columns, memory, onChange }: ColumnChooserProps<Row>) {
  const { t } = useTranslation("table");
  const [text, setText] = useState("");
  const wanted = text.trim().toLowerCase();
  const found = columns.filter(({ header }) => header.toLowerCase().includes(wanted));
  const groups = [...new Set(found.map(({ group }) => group ?? ""))];
  return (
    <>
      <TextInput
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        leftSection={<IconSearch size={14} aria-hidden />}
        placeholder={t("findColumn")}
        aria-label={t("findColumn")}
        data-autofocus
      />
      <div className={classes.choices}>
        {groups.map((group) => (
          <fieldset key={group} className={classes.choiceGroup}>
            {group && <legend>{group}</legend>}
            {found
              .filter((column) => (column.group ?? "") === group)
              .map((column) => (
                <Checkbox
                  key={column.id}
                  label={column.header}
                  checked={isShown(column, memory)}
                  disabled={column.isFixed}
                  onChange={({ currentTarget: { checked } }) =>
                    onChange((before) => withShown(before, column, checked))
                  }
                />
              ))}
          </fieldset>
        ))}
        {found.length === 0 && <p className={classes.none}>{t("noColumn")}</p>}
      </div>
      <Button variant="subtle" onClick={() => onChange(() => NOTHING_CHOSEN)}>
        {t("resetColumns")}
      </Button>
    </>
  );
}
