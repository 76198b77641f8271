import { ActionIcon, Button, TextInput } from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { parse } from "yaml";
import { useEditor, useEditorActions, useEditorStore } from "@/editor/EditorContext";
import { valueText } from "./form/fieldValues";
import { isMapping } from "./form/template";
import { useTyped } from "./form/useTyped";
import classes from "./Inspector.module.css";
import { usesOf, withoutVariable, withVariable } from "./pipelineText";

/** Values that several settings share. */
export function VariablesTable({ variables }: { variables: Readonly<Record<string, unknown>> }) {
  const { t } = useTranslation("inspector");
  const mayEdit = useEditor((state) => state.mayEdit);
  const entries = Object.entries(variables);
  return (
    <section aria-label={t("variables.title")}>
      <h3 className={classes.sectionTitle}>{t("variables.title")}</h3>
      {entries.length === 0 && <p className={classes.sectionHint}>{t("variables.none")}</p>}
      {entries.map(([name, value]) => (
        <VariableRow key={name} name={name} value={value} />
      ))}
      {mayEdit && <NewVariableRow taken={variables} />}
    </section>
  );
}

function useTextChange(): (change: (text: string) => string) => void {
  const store = useEditorStore();
  const { editText } = useEditorActions();
  return (change) => editText(change(store.getState().text));
}

function VariableRow({ name, value }: { name: string; value: unknown }) {
  const { t } = useTranslation("inspector");
  const change = useTextChange();
  const mayEdit = useEditor((state) => state.mayEdit);
  const text = useEditor((state) => state.text);
  const uses = usesOf(text, name);
  const typed = useTyped(shownValue(value), readValue, (next) => {
    if (next !== undefined) {
      change((old) => withVariable(old, name, next));
    }
  });
  return (
    <div className={classes.variable}>
      <code title={name}>{name}</code>
      <TextInput
        aria-label={t("variables.value", { name })}
        value={typed.text}
        error={typed.problem || undefined}
        disabled={!mayEdit}
        onChange={(event) => typed.type(event.currentTarget.value)}
      />
      <span className={classes.muted}>{t("variables.uses", { count: uses })}</span>
      {mayEdit && (
        <ActionIcon
          size="sm"
          disabled={uses > 0}
          aria-label={t("form.remove", { name })}
          title={uses > 0 ? t("variables.used") : t("form.remove", { name })}
          onClick={() => change((old) => withoutVariable(old, name))}
        >
          <IconTrash size={14} aria-hidden />
        </ActionIcon>
      )}
    </div>
  );
}

function NewVariableRow({ taken }: { taken: Readonly<Record<string, unknown>> }) {
  const { t } = useTranslation("inspector");
  const change = useTextChange();
  const [name, setName] = useState<string | null>(null);
  if (name === null) {
    return (
      <Button
        variant="subtle"
        size="compact-xs"
        leftSection={<IconPlus size={14} aria-hidden />}
        onClick={() => setName("")}
      >
        {t("variables.add")}
      </Button>
    );
  }
  const isTaken = name in taken;
  const isName = /^[A-Za-z_]\w*$/.test(name);
  return (
    <form
      className={classes.variable}
      onSubmit={(event) => {
        event.preventDefault();
        if (isName && !isTaken) {
          change((old) => withVariable(old, name, 0));
          setName(null);
        }
      }}
    >
      <TextInput
        autoFocus
        aria-label={t("form.variableName")}
        placeholder={t("form.variableName")}
        value={name}
        error={
          isTaken ? t("form.problem.taken") : name !== "" && !isName && t("form.problem.variable")
        }
        onChange={(event) => setName(event.currentTarget.value)}
        onBlur={() => name === "" && setName(null)}
      />
      <Button type="submit" disabled={!isName || isTaken}>
        {t("form.makeVariable")}
      </Button>
    </form>
  );
}

const shownValue = (value: unknown) =>
  Array.isArray(value) || isMapping(value) ? JSON.stringify(value) : valueText(value);

function readValue(text: string) {
  try {
    return { value: parse(text) as unknown };
  } catch (problem) {
    return { problem: problem instanceof Error ? (problem.message.split("\n")[0] ?? "") : "" };
  }
}
