import { useTranslation } from "react-i18next";
import { parse, stringify } from "yaml";
import { GrowingText } from "@/ui/GrowingText";
import type { ControlProps } from "./control";
import classes from "./Form.module.css";
import { controlId, useForm } from "./FormContext";
import { isMapping } from "./template";
import { type Reading, useTyped } from "./useTyped";

/** Any value, as YAML. */
export function FreeControl(props: ControlProps & { mustBeMapping?: boolean }) {
  const { path, label, own, standard, mustBeMapping = false, onChange } = props;
  const { t } = useTranslation("inspector");
  const { idPrefix, isReadOnly } = useForm();
  const typed = useTyped(yamlText(own), (text) => readYaml(text, mustBeMapping, t), onChange);
  const id = controlId(idPrefix, path);
  return (
    <GrowingText
      id={id}
      aria-label={label}
      aria-describedby={`${id}:about`}
      className={classes.grow}
      classNames={{ input: classes.mono }}
      minRows={2}
      maxRows={12}
      spellCheck={false}
      disabled={isReadOnly}
      placeholder={yamlText(standard) || t("form.yaml")}
      value={typed.text}
      error={typed.problem || undefined}
      onChange={(event) => typed.type(event.currentTarget.value)}
    />
  );
}

const yamlText = (value: unknown): string =>
  value === undefined || (isMapping(value) && Object.keys(value).length === 0)
    ? ""
    : stringify(value).trimEnd();

function readYaml(text: string, mustBeMapping: boolean, t: (key: string) => string): Reading {
  try {
    const value: unknown = parse(text);
    return mustBeMapping && !isMapping(value)
      ? { problem: t("form.problem.mapping") }
      : { value: value ?? null };
  } catch (problem) {
    return { problem: problem instanceof Error ? (problem.message.split("\n")[0] ?? "") : "" };
  }
}
