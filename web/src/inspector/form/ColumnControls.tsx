import { ColumnPicker } from "@/tables/ColumnPicker";
import { ColumnsPicker } from "@/tables/ColumnsPicker";
import type { ColumnReference } from "@/tables/knownColumns";
import type { ControlProps } from "./control";
import { controlId, useForm } from "./FormContext";
import { columnOfItems, type ListField } from "./field";
import { valueText } from "./fieldValues";

/** The name of a column. */
export function ColumnControl({ column, ...props }: ControlProps & { column: ColumnReference }) {
  const { own, standard, onChange } = props;
  return (
    <ColumnPicker
      {...usePicker(props, column)}
      value={typeof own === "string" ? own : ""}
      placeholder={typeof standard === "string" ? standard : ""}
      onChange={(name) => onChange(name === "" ? undefined : name)}
    />
  );
}

/** Names of columns, in order. */
export function ColumnsControl(props: ControlProps<ListField>) {
  const { field, own, standard, onChange } = props;
  const column = columnOfItems(field) ?? { port: "", isPattern: false };
  const values = textsOf(own === undefined ? standard : own);
  const usual = textsOf(standard);
  return (
    <ColumnsPicker
      {...usePicker(props, column)}
      values={values}
      onChange={(names) =>
        onChange(
          names.length === 0 && usual.length === 0 && standard !== undefined ? undefined : names,
        )
      }
    />
  );
}

/** What both kinds of pickers take from the form. */
function usePicker({ path, label }: ControlProps, column: ColumnReference) {
  const { idPrefix, isReadOnly, columnsAt } = useForm();
  const id = controlId(idPrefix, path);
  return {
    id,
    label,
    describedBy: `${id}:about`,
    columns: columnsAt(column, path),
    isPattern: column.isPattern,
    isReadOnly,
  };
}

/** Whatever else somebody wrote into the file is shown as text. */
const textsOf = (value: unknown): string[] => (Array.isArray(value) ? value.map(valueText) : []);
