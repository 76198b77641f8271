import { ActionIcon, Button } from "@mantine/core";
import { IconArrowDown, IconArrowUp, IconPlus, IconTrash } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { Control } from "./Control";
import type { ControlProps } from "./control";
import { ProblemLine } from "./FieldRow";
import classes from "./Form.module.css";
import { problemsAt, useForm } from "./FormContext";
import type { ListField } from "./field";
import { startValue } from "./fieldValues";

/** Values in order: add, remove, put in another place. */
export function ListControl(props: ControlProps<ListField>) {
  const { field, path, own, standard, label, onChange } = props;
  const { t } = useTranslation("inspector");
  const { isReadOnly } = useForm();
  const values: readonly unknown[] = Array.isArray(own)
    ? own
    : own === undefined && Array.isArray(standard)
      ? standard
      : [];
  const isFull = field.maxItems !== null && values.length >= field.maxItems;
  return (
    <fieldset className={classes.items} aria-label={label}>
      {values.map((value, index) => (
        <ListItem
          // biome-ignore lint/suspicious/noArrayIndexKey: values have no identity but their place
          key={index}
          props={{ ...props, path: `${path}.${index}`, own: value }}
          index={index}
          values={values}
        />
      ))}
      {!isReadOnly && (
        <div>
          <Button
            variant="subtle"
            size="compact-xs"
            disabled={isFull}
            leftSection={<IconPlus size={14} aria-hidden />}
            onClick={() => onChange([...values, startValue(field.item())])}
          >
            {t("form.add")}
          </Button>
        </div>
      )}
    </fieldset>
  );
}

interface ListItemProps {
  /** Of the list, with path and value of the item. */
  props: ControlProps<ListField>;
  index: number;
  values: readonly unknown[];
}

function ListItem({ props, index, values }: ListItemProps) {
  const { t } = useTranslation("inspector");
  const { problems } = useForm();
  const label = t("form.item", { name: props.label, number: index + 1 });
  return (
    <div>
      <div className={classes.item}>
        <span className={classes.itemNumber}>{index + 1}</span>
        <div className={classes.itemBody}>
          <Control
            {...props}
            field={props.field.item()}
            label={label}
            standard={undefined}
            isNullable={false}
            unit=""
            onChange={(value) => {
              if (value !== undefined) {
                props.onChange(values.map((old, place) => (place === index ? value : old)));
              }
            }}
          />
        </div>
        <ItemTools index={index} label={label} values={values} onChange={props.onChange} />
      </div>
      {problemsAt(problems, props.path).map((problem) => (
        <ProblemLine key={problem.code} problem={problem} />
      ))}
    </div>
  );
}

interface ItemToolsProps {
  index: number;
  label: string;
  values: readonly unknown[];
  onChange(values: readonly unknown[]): void;
}

function ItemTools({ index, label, values, onChange }: ItemToolsProps) {
  const { t } = useTranslation("inspector");
  const { isReadOnly } = useForm();
  if (isReadOnly) {
    return null;
  }
  const tools = [
    { name: "up", icon: IconArrowUp, isPossible: index > 0, act: () => moved(values, index, -1) },
    {
      name: "down",
      icon: IconArrowDown,
      isPossible: index < values.length - 1,
      act: () => moved(values, index, 1),
    },
    {
      name: "remove",
      icon: IconTrash,
      isPossible: true,
      act: () => values.filter((_, place) => place !== index),
    },
  ];
  return (
    <div className={classes.itemTools}>
      {tools.map(({ name, icon: Icon, isPossible, act }) => (
        <ActionIcon
          key={name}
          size="sm"
          disabled={!isPossible}
          aria-label={t(`form.${name}`, { name: label })}
          title={t(`form.${name}`, { name: label })}
          onClick={() => onChange(act())}
        >
          <Icon size={14} aria-hidden />
        </ActionIcon>
      ))}
    </div>
  );
}

/** The values with one of them some places further. */
export function moved(values: readonly unknown[], index: number, by: number): unknown[] {
  const rest = values.filter((_, place) => place !== index);
  return [...rest.slice(0, index + by), values[index], ...rest.slice(index + by)];
}
