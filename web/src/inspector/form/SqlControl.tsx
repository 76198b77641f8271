import { Textarea } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { ControlProps } from "./control";
import classes from "./Form.module.css";
import { controlId, useForm } from "./FormContext";
import type { TextField } from "./field";
import { valueText } from "./fieldValues";
import { useTyped } from "./useTyped";

const MOST_LINES = 16;

/** SQL in as many lines as it has. */
export function SqlControl({ field, path, label, own, onChange }: ControlProps<TextField>) {
  const { t } = useTranslation("inspector");
  const { idPrefix, isReadOnly } = useForm();
  const id = controlId(idPrefix, path);
  const typed = useTyped(
    own == null ? "" : valueText(own),
    (text) =>
      text.length < field.minLength
        ? { problem: t("form.problem.short", { limit: field.minLength }) }
        : { value: text },
    onChange,
  );
  return (
    <Textarea
      id={id}
      className={classes.grow}
      classNames={{ input: classes.mono }}
      aria-label={label}
      aria-describedby={`${id}:about`}
      autosize
      minRows={3}
      maxRows={MOST_LINES}
      spellCheck={false}
      disabled={isReadOnly}
      placeholder="SELECT … FROM rows"
      value={typed.text}
      error={typed.problem || undefined}
      onChange={(event) => typed.type(event.currentTarget.value)}
    />
  );
}
