import { Combobox, TextInput, useCombobox } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { ColumnOptions } from "./ColumnOptions";
import classes from "./ColumnPicker.module.css";
import { ColumnSign, type PickerProps, useFirstOption } from "./ColumnsPicker";
import { namesColumn } from "./columnTypes";

interface ColumnPickerProps extends PickerProps {
  value: string;
  onChange(value: string): void;
}

/** One column of a table. A name that nobody knows may be typed. */
export function ColumnPicker(props: ColumnPickerProps) {
  const { id, label, describedBy, columns, isPattern, isReadOnly, value, onChange } = props;
  const { t } = useTranslation("tables");
  const combobox = useCombobox({ onDropdownClose: () => combobox.resetSelectedOption() });
  const isKnown = value === "" || columns === null || namesColumn(value, columns, { isPattern });
  // A name that stands there already is no search: all columns are offered.
  const query = columns?.some(({ name }) => name === value) ? "" : value;
  useFirstOption(combobox, query);
  return (
    <Combobox
      store={combobox}
      withinPortal
      shadow="md"
      onOptionSubmit={(name) => {
        onChange(name);
        combobox.closeDropdown();
      }}
    >
      <Combobox.Target>
        <TextInput
          id={id}
          className={classes.single}
          aria-label={label}
          aria-describedby={describedBy}
          placeholder={props.placeholder || t("picker.choose")}
          disabled={isReadOnly}
          value={value}
          error={!isKnown && t("picker.unknown", { name: value })}
          classNames={{ input: classes.input, error: classes.error }}
          leftSection={
            value === "" || columns === null ? undefined : (
              <ColumnSign name={value} columns={columns} isKnown={isKnown} isPattern={isPattern} />
            )
          }
          onChange={(event) => {
            onChange(event.currentTarget.value);
            combobox.openDropdown();
          }}
          onClick={() => combobox.openDropdown()}
          onFocus={() => combobox.openDropdown()}
          onBlur={() => combobox.closeDropdown()}
        />
      </Combobox.Target>
      <Combobox.Dropdown p={4} hidden={isReadOnly}>
        <ColumnOptions columns={columns} query={query} isPattern={isPattern} />
      </Combobox.Dropdown>
    </Combobox>
  );
}
