import { ActionIcon, Button, Menu, Popover, TextInput } from "@mantine/core";
import { IconLink, IconLinkOff, IconPlus } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { ControlProps } from "./control";
import classes from "./Form.module.css";
import { controlId, useForm } from "./FormContext";
import { fits, valueText } from "./fieldValues";
import { referenceTo, type Template, variableOf } from "./template";

/** Instead of a value: the reference, and the way back to a value. */
export function TemplateChip({ props, template }: { props: ControlProps; template: Template }) {
  const { t } = useTranslation("inspector");
  const { idPrefix, isReadOnly, variables } = useForm();
  const variable = variableOf(template);
  const value = variable === null ? undefined : variables[variable];
  return (
    <span className={classes.chip}>
      <IconLink size={12} aria-hidden />
      <span className={classes.chipText} title={template.$template}>
        {variable ?? template.$template}
        {value !== undefined && ` = ${valueText(value)}`}
      </span>
      <ActionIcon
        id={controlId(idPrefix, props.path)}
        size="xs"
        disabled={isReadOnly}
        aria-label={t("form.unbind", { name: props.label })}
        title={t("form.unbind", { name: props.label })}
        onClick={() => props.onChange(value ?? undefined)}
      >
        <IconLinkOff size={12} aria-hidden />
      </ActionIcon>
    </span>
  );
}

/** Takes a setting's value from a variable of the pipeline. */
export function BindButton({ props }: { props: ControlProps }) {
  const { t } = useTranslation("inspector");
  const { variables, onNewVariable } = useForm();
  const [isNaming, setNaming] = useState(false);
  const fitting = Object.entries(variables).filter(([, value]) => fits(props.field, value));
  const name = t("form.bind", { name: props.label });
  // Inside a list the server could not tell which item is meant.
  const canMakeOne = onNewVariable !== null && !/\.\d+(\.|$)/.test(props.path);
  if (fitting.length === 0 && !canMakeOne) {
    return null;
  }
  return (
    <Popover opened={isNaming} onChange={setNaming} position="bottom-end" trapFocus>
      <Popover.Target>
        <span>
          <Menu position="bottom-end">
            <Menu.Target>
              <ActionIcon size="sm" aria-label={name} title={name}>
                <IconLink size={14} aria-hidden />
              </ActionIcon>
            </Menu.Target>
            <Menu.Dropdown>
              {fitting.map(([variable, value]) => (
                <Menu.Item
                  key={variable}
                  rightSection={<span className={classes.unit}>{valueText(value)}</span>}
                  onClick={() => props.onChange(referenceTo(variable))}
                >
                  {variable}
                </Menu.Item>
              ))}
              {canMakeOne && (
                <Menu.Item leftSection={<IconPlus size={14} />} onClick={() => setNaming(true)}>
                  {t("form.newVariable")}
                </Menu.Item>
              )}
            </Menu.Dropdown>
          </Menu>
        </span>
      </Popover.Target>
      <Popover.Dropdown>
        <NewVariable props={props} onDone={() => setNaming(false)} />
      </Popover.Dropdown>
    </Popover>
  );
}

function NewVariable({ props, onDone }: { props: ControlProps; onDone: () => void }) {
  const { t } = useTranslation("inspector");
  const { variables, onNewVariable } = useForm();
  const suggested = props.path.split(".").at(-1) ?? "";
  const [name, setName] = useState(suggested in variables ? `${suggested}2` : suggested);
  const isTaken = name in variables;
  const isName = /^[A-Za-z_]\w*$/.test(name);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (isName && !isTaken) {
          onNewVariable?.(props.path, name, props.own ?? props.standard ?? null);
          onDone();
        }
      }}
    >
      <TextInput
        data-autofocus
        label={t("form.variableName")}
        value={name}
        error={isTaken ? t("form.problem.taken") : !isName && t("form.problem.variable")}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <Button type="submit" mt="sm" disabled={isTaken || !isName}>
        {t("form.makeVariable")}
      </Button>
    </form>
  );
}
