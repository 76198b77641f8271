import { useTranslation } from "react-i18next";
import { Control } from "./Control";
import type { ControlProps } from "./control";
import classes from "./Form.module.css";
import type { Field, TupleField } from "./field";
import { startValue } from "./fieldValues";

/** A fixed number of values side by side, such as a range or a size. */
export function TupleControl(props: ControlProps<TupleField>) {
  const { field, path, label, own, standard, onChange } = props;
  const { t } = useTranslation("inspector");
  const mine = Array.isArray(own) ? own : [];
  const usual = Array.isArray(standard) ? standard : [];
  const change = (index: number, value: unknown) => {
    if (value === undefined && usual[index] === undefined) {
      return; // the others stay; the arrow beside the name resets them all
    }
    const values = field.items.map((item, place) =>
      place === index
        ? (value ?? usual[place] ?? startValue(item))
        : (mine[place] ?? usual[place] ?? startValue(item)),
    );
    onChange(value === undefined && sameAs(values, usual) ? undefined : values);
  };
  return (
    <fieldset className={classes.tuple} aria-label={label}>
      {field.items.map((item, index) => (
        <Control
          // biome-ignore lint/suspicious/noArrayIndexKey: values have no identity but their place
          key={index}
          {...props}
          field={withoutSlider(item)}
          path={index === 0 ? path : `${path}.${index}`}
          label={t("form.item", { name: label, number: index + 1 })}
          own={mine[index]}
          standard={usual[index]}
          isNullable={false}
          onChange={(value) => change(index, value)}
        />
      ))}
    </fieldset>
  );
}

const sameAs = (values: readonly unknown[], others: readonly unknown[]) =>
  values.every((value, index) => value === others[index]);

/** Two numbers in one line leave no room for one. */
function withoutSlider(field: Field): Field {
  return field.kind === "number" ? { ...field, isCompact: true } : field;
}
