import { SegmentedControl, Select } from "@mantine/core";
import type { TFunction } from "i18next";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Control } from "./Control";
import type { ControlProps } from "./control";
import classes from "./Form.module.css";
import { useForm } from "./FormContext";
import type { AlternativesField, Field } from "./field";
import { fitSideBySide, fits, startValue } from "./fieldValues";

interface Way {
  key: string;
  label: string;
  field: Field;
}

/** One of several forms: a number or the word `auto`; an amount as share, in steps or in epochs. */
export function AlternativesControl(props: ControlProps<AlternativesField>) {
  const { field, own, standard, label, isNullable, onChange } = props;
  const { t } = useTranslation("inspector");
  const { isReadOnly } = useForm();
  const ways = waysOf(field, isNullable, t);
  const applied = own === undefined ? standard : own;
  const fitting = ways.find((way) => fits(way.field, applied));
  const [wanted, want] = useState<{ key: string; applied: unknown } | null>(null);
  const isWanted = wanted !== null && wanted.applied === applied;
  const current = (isWanted ? ways.find((way) => way.key === wanted.key) : fitting) ?? ways[0];
  const choose = (key: string | null) => {
    const way = ways.find((each) => each.key === key);
    if (way === undefined) {
      return;
    }
    if (fits(way.field, standard)) {
      onChange(way === ways.find((each) => fits(each.field, standard)) ? undefined : standard);
    } else if (way.field.kind === "text") {
      want({ key: way.key, applied }); // nothing to send before something was typed
    } else {
      onChange(startValue(way.field));
    }
  };
  const data = ways.map((way) => ({ value: way.key, label: way.label }));
  const isShort = fitSideBySide(data);
  const chooser = { "aria-label": t("form.kindOf", { name: label }), disabled: isReadOnly, data };
  const value = current?.key ?? null;
  return (
    <div className={classes.alternatives}>
      {isShort && value !== null ? (
        <SegmentedControl
          {...chooser}
          className={classes.segments}
          value={value}
          onChange={choose}
        />
      ) : (
        <Select {...chooser} allowDeselect={false} value={value} onChange={choose} />
      )}
      {current && current.field.kind !== "constant" && (
        <Control
          key={current.key}
          {...props}
          isNullable={false}
          field={current.field}
          own={fitting === undefined || fits(current.field, own) ? own : undefined}
          standard={fits(current.field, standard) ? standard : undefined}
        />
      )}
    </div>
  );
}

/** Each word of a choice is a way of its own, and so is none at all. */
function waysOf(field: AlternativesField, isNullable: boolean, t: TFunction<"inspector">): Way[] {
  const none: Way = {
    key: "none",
    label: t("form.none"),
    field: { kind: "constant", value: null },
  };
  const others = field.options.flatMap((option, index): Way[] => {
    if (option.kind === "choice") {
      return option.options.map((word) => ({
        key: `word:${word}`,
        label: option.titles[word] ?? String(word),
        field: { kind: "constant", value: word },
      }));
    }
    return [{ key: `${option.kind}:${index}`, label: wayLabel(option, t), field: option }];
  });
  return isNullable ? [none, ...others] : others;
}

function wayLabel(field: Field, t: TFunction<"inspector">): string {
  switch (field.kind) {
    case "object":
      return field.title || t("form.way.object");
    case "tuple":
      return t("form.way.tuple", { count: field.items.length });
    case "number":
      return t(field.isInteger ? "form.way.integer" : "form.way.number");
    default:
      return t(`form.way.${field.kind}`);
  }
}
