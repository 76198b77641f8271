import { ActionIcon, SegmentedControl, Select, Slider, Switch, TextInput } from "@mantine/core";
import { IconCircleOff } from "@tabler/icons-react";
import { type KeyboardEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { BrowseButton } from "@/files/BrowseButton";
import type { ControlProps } from "./control";
import classes from "./Form.module.css";
import { controlId, useForm } from "./FormContext";
import type { ChoiceField, NumberField, TextField } from "./field";
import { fitSideBySide, valueText } from "./fieldValues";
import { hasSlider, numberText, readNumber, steppedNumber } from "./numbers";
import { useTyped } from "./useTyped";

/** Attributes that tie a control to its label, its help and its problems. */
function useControl(path: string, label: string) {
  const { idPrefix, isReadOnly } = useForm();
  const id = controlId(idPrefix, path);
  return { id, disabled: isReadOnly, "aria-label": label, "aria-describedby": `${id}:about` };
}

/** What an empty field stands for. */
function usePlaceholder({ own, standard, isNullable }: ControlProps): string {
  const { t } = useTranslation("inspector");
  if (own === null || (standard === null && isNullable)) {
    return t("form.none");
  }
  return standard === undefined ? t("form.required") : valueText(standard);
}

/** `null` where it is not the default anyway: then an empty field would bring back the default. */
function NoneButton({ props }: { props: ControlProps }) {
  const { t } = useTranslation("inspector");
  const { isReadOnly } = useForm();
  if (!props.isNullable || props.standard === null) {
    return null;
  }
  const isNone = props.own === null;
  return (
    <ActionIcon
      size="sm"
      aria-pressed={isNone}
      aria-label={t("form.setNone", { name: props.label })}
      title={t("form.setNone", { name: props.label })}
      disabled={isReadOnly}
      color={isNone ? "accent" : "gray"}
      onClick={() => props.onChange(isNone ? undefined : null)}
    >
      <IconCircleOff size={14} aria-hidden />
    </ActionIcon>
  );
}

/** A number with its unit; arrow keys step, a slider where the range is small. */
export function NumberControl(props: ControlProps<NumberField>) {
  const { field, own, standard, unit, onChange } = props;
  const { t } = useTranslation("inspector");
  const placeholder = usePlaceholder(props);
  const shown = typeof own === "number" ? numberText(own) : own == null ? "" : valueText(own);
  const typed = useTyped(
    shown,
    (text) => {
      const result = readNumber(field, text);
      return "value" in result
        ? result
        : { problem: t(`form.problem.${result.problem.key}`, { limit: result.problem.limit }) };
    },
    onChange,
  );
  const step = (event: KeyboardEvent) => {
    const direction = { ArrowUp: 1, ArrowDown: -1 }[event.key];
    if (direction !== undefined) {
      event.preventDefault();
      const from = typed.text || (typeof standard === "number" ? numberText(standard) : "");
      typed.type(steppedNumber(field, from, direction * (event.shiftKey ? 10 : 1)));
    }
  };
  return (
    <div className={classes.number}>
      {hasSlider(field) && <NumberSlider {...props} />}
      <TextInput
        {...useControl(props.path, props.label)}
        className={classes.numberInput}
        inputMode="decimal"
        autoComplete="off"
        value={typed.text}
        placeholder={placeholder}
        error={typed.problem || undefined}
        onChange={(event) => typed.type(event.currentTarget.value)}
        onKeyDown={step}
        rightSection={unit ? <span className={classes.unit}>{unit}</span> : undefined}
        rightSectionWidth={unit ? 12 + 8 * unit.length : undefined}
      />
      <NoneButton props={props} />
    </div>
  );
}

function NumberSlider({ field, own, standard, label, onChange }: ControlProps<NumberField>) {
  const { isReadOnly } = useForm();
  const minimum = field.minimum ?? 0;
  const maximum = field.maximum ?? 1;
  const applied = typeof own === "number" ? own : typeof standard === "number" ? standard : minimum;
  const [dragged, drag] = useState<number | null>(null);
  const step = field.isInteger ? 1 : (maximum - minimum) / 100;
  const inside = (value: number) => {
    const low = field.isAboveMinimum ? minimum + step : minimum;
    return Math.min(Math.max(value, low), field.isBelowMaximum ? maximum - step : maximum);
  };
  return (
    <Slider
      className={classes.slider}
      size="xs"
      label={null}
      thumbLabel={label}
      disabled={isReadOnly}
      min={minimum}
      max={maximum}
      step={step}
      value={dragged ?? applied}
      onChange={(value) => {
        const exact = Number(inside(value).toPrecision(6));
        drag(exact);
        onChange(exact);
      }}
      onChangeEnd={() => drag(null)}
    />
  );
}

/** One line of text: a word, a path. */
export function TextControl(props: ControlProps<TextField>) {
  const { field, own, onChange } = props;
  const { t } = useTranslation("inspector");
  const control = useControl(props.path, props.label);
  const placeholder = usePlaceholder(props);
  const typed = useTyped(
    own == null ? "" : valueText(own),
    (text) =>
      text.length < field.minLength
        ? { problem: t("form.problem.short", { limit: field.minLength }) }
        : { value: text },
    onChange,
  );
  return (
    <div className={classes.number}>
      <TextInput
        {...control}
        className={classes.grow}
        classNames={field.isPath ? { input: classes.mono } : undefined}
        autoComplete="off"
        spellCheck={false}
        value={typed.text}
        placeholder={placeholder}
        title={typed.text}
        error={typed.problem || undefined}
        onChange={(event) => typed.type(event.currentTarget.value)}
      />
      {field.isPath && (
        <BrowseButton
          label={t("form.browse", { name: props.label })}
          value={typed.text}
          isDisabled={control.disabled}
          onChoose={typed.type}
        />
      )}
      <NoneButton props={props} />
    </div>
  );
}

/** Yes or no. */
export function BooleanControl({ path, label, own, standard, onChange }: ControlProps) {
  return (
    <Switch
      {...useControl(path, label)}
      checked={own === undefined ? standard === true : own === true}
      onChange={(event) => onChange(event.currentTarget.checked)}
    />
  );
}

/** One of some words. */
export function ChoiceControl(props: ControlProps<ChoiceField>) {
  const { field, path, label, own, standard, isNullable, onChange } = props;
  const { t } = useTranslation("inspector");
  const control = useControl(path, label);
  const applied = own === undefined ? standard : own;
  const none = isNullable ? [{ value: "", label: t("form.none") }] : [];
  const data = [
    ...none,
    ...field.options.map((option) => ({
      value: String(option),
      label: field.titles[option] ?? String(option),
    })),
  ];
  const choose = (text: string | null) => {
    if (text !== null) {
      onChange(text === "" ? null : field.options.find((option) => String(option) === text));
    }
  };
  const value = applied === null ? "" : valueText(applied);
  const isKnown = data.some((option) => option.value === value);
  if (isKnown && fitSideBySide(data)) {
    return (
      <SegmentedControl
        {...control}
        className={classes.segments}
        data={data}
        value={value}
        onChange={choose}
      />
    );
  }
  return (
    <Select
      {...control}
      className={classes.grow}
      data={data}
      value={isKnown ? value : null}
      placeholder={value || t("form.choose")}
      allowDeselect={false}
      searchable={data.length > 8}
      onChange={choose}
    />
  );
}
