import { CloseButton, Combobox, type ComboboxStore, PillsInput, useCombobox } from "@mantine/core";
import { IconAlertTriangle, IconAsterisk } from "@tabler/icons-react";
import { type KeyboardEvent, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { ALL, ColumnOptions } from "./ColumnOptions";
import classes from "./ColumnPicker.module.css";
import { foundColumns, type NamedColumn, namesColumn } from "./columnTypes";
import { TypeIcon } from "./TypeIcon";

export interface PickerProps {
  id: string;
  label: string;
  describedBy?: string;
  /** Columns of the table; null if they are not known. */
  columns: readonly NamedColumn[] | null;
  /** Whether `price_*` is a name, too. */
  isPattern: boolean;
  isReadOnly: boolean;
  /** What is shown while nothing is chosen. */
  placeholder?: string;
}

interface ColumnsPickerProps extends PickerProps {
  values: readonly string[];
  onChange(values: readonly string[]): void;
}

/** Several columns of a table, in the order in which they were chosen. Names that nobody knows may be typed. */
export function ColumnsPicker(props: ColumnsPickerProps) {
  const { id, label, describedBy, columns, isPattern, isReadOnly, values, onChange } = props;
  const { t } = useTranslation("tables");
  const combobox = useCombobox({ onDropdownClose: () => combobox.resetSelectedOption() });
  const [query, setQuery] = useState("");
  useFirstOption(combobox, query);
  const left = columns?.filter(({ name }) => !values.includes(name)) ?? null;
  const add = (names: readonly string[]) => {
    const fresh = names.filter((name) => name !== "" && !values.includes(name));
    if (fresh.length > 0) {
      onChange([...values, ...fresh]);
    }
    setQuery("");
  };
  const submit = (value: string) =>
    add(value === ALL ? foundColumns(left ?? [], query).map(({ name }) => name) : [value]);
  const onKeyDown = (event: KeyboardEvent) => {
    const last = values.at(-1);
    if (event.key === "Backspace" && query === "" && last !== undefined) {
      onChange(values.slice(0, -1));
    } else if (
      event.key === "," ||
      (event.key === "Enter" && combobox.getSelectedOptionIndex() < 0)
    ) {
      event.preventDefault();
      add([query.trim()]);
    }
  };
  const empty = props.placeholder || t(isPattern ? "picker.pattern" : "picker.add");
  return (
    <Combobox store={combobox} onOptionSubmit={submit} withinPortal shadow="md">
      <Combobox.DropdownTarget>
        <PillsInput
          size="xs"
          className={classes.pills}
          disabled={isReadOnly}
          onClick={() => combobox.openDropdown()}
        >
          <div className={classes.chosen}>
            {values.map((name) => (
              <Chosen
                key={name}
                name={name}
                columns={columns}
                isPattern={isPattern}
                onRemove={
                  isReadOnly ? null : () => onChange(values.filter((each) => each !== name))
                }
              />
            ))}
            <Combobox.EventsTarget>
              <PillsInput.Field
                id={id}
                aria-label={label}
                aria-describedby={describedBy}
                placeholder={values.length === 0 ? empty : undefined}
                value={query}
                disabled={isReadOnly}
                onChange={(event) => {
                  setQuery(event.currentTarget.value);
                  combobox.openDropdown();
                }}
                onFocus={() => combobox.openDropdown()}
                onBlur={() => {
                  combobox.closeDropdown();
                  add([query.trim()]);
                }}
                onKeyDown={onKeyDown}
              />
            </Combobox.EventsTarget>
          </div>
        </PillsInput>
      </Combobox.DropdownTarget>
      <Combobox.Dropdown p={4} hidden={isReadOnly}>
        <ColumnOptions columns={left} query={query} isPattern={isPattern} takesAll />
      </Combobox.Dropdown>
    </Combobox>
  );
}

/** What was typed finds something: Enter takes the first of it. */
export function useFirstOption(
  { selectFirstOption, resetSelectedOption }: ComboboxStore,
  query: string,
) {
  useEffect(() => {
    if (query === "") {
      resetSelectedOption();
    } else {
      selectFirstOption();
    }
  }, [query, selectFirstOption, resetSelectedOption]);
}

interface ChosenProps {
  name: string;
  columns: readonly NamedColumn[] | null;
  isPattern: boolean;
  onRemove: (() => void) | null;
}

function Chosen({ name, columns, isPattern, onRemove }: ChosenProps) {
  const { t } = useTranslation("tables");
  const isKnown = columns === null || namesColumn(name, columns, { isPattern });
  const warning = isKnown ? "" : unknownText(name, isPattern, t);
  return (
    <span className={classes.pill} data-unknown={!isKnown || undefined} title={warning || name}>
      <ColumnSign name={name} columns={columns} isKnown={isKnown} isPattern={isPattern} />
      <span className={classes.pillText}>{name}</span>
      {warning !== "" && <span className={classes.unseen}>{warning}</span>}
      {onRemove && (
        <CloseButton
          size={16}
          iconSize={12}
          tabIndex={-1}
          aria-label={t("picker.remove", { name })}
          onMouseDown={(event) => event.preventDefault()}
          onClick={(event) => {
            event.stopPropagation();
            onRemove();
          }}
        />
      )}
    </span>
  );
}

type Say = ReturnType<typeof useTranslation<"tables">>["t"];

const unknownText = (name: string, isPattern: boolean, t: Say) =>
  t(isPattern && /[*?]/.test(name) ? "picker.unknownPattern" : "picker.unknown", { name });

interface ColumnSignProps {
  name: string;
  columns: readonly NamedColumn[] | null;
  isKnown: boolean;
  isPattern: boolean;
}

/** The sign beside a chosen name: of the column's type, of a pattern, or that there is no such column. */
export function ColumnSign({ name, columns, isKnown, isPattern }: ColumnSignProps) {
  if (!isKnown) {
    return <IconAlertTriangle className={classes.warning} size={13} aria-hidden />;
  }
  if (isPattern && /[*?]/.test(name)) {
    return <IconAsterisk className={classes.sign} size={13} aria-hidden />;
  }
  const column = columns?.find((each) => each.name === name);
  return column ? <TypeIcon type={column.type} size={13} /> : null;
}
