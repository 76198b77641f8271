import { ActionIcon } from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { useEditor } from "@/editor/EditorContext";
import type { Diagnostic, GraphNode } from "@/editor/types";
import { ProblemLine } from "./form/FieldRow";
import formClasses from "./form/Form.module.css";
import { problemsAt } from "./form/FormContext";
import type { NamedField } from "./form/field";
import { valueText } from "./form/fieldValues";

interface UnknownSettingsProps {
  node: GraphNode;
  fields: readonly NamedField[];
  problems: readonly Diagnostic[];
  onChange(name: string, value: unknown): void;
}

/** What is set although the operator has no such setting: a slip of the pen, or an older operator. */
export function UnknownSettings({ node, fields, problems, onChange }: UnknownSettingsProps) {
  const { t } = useTranslation("inspector");
  const mayEdit = useEditor((state) => state.mayEdit);
  const unknown = Object.entries(node.settings ?? {}).filter(([name]) =>
    fields.every((named) => named.name !== name),
  );
  return unknown.map(([name, value]) => (
    <div key={name} className={formClasses.row} data-setting={name}>
      <div className={formClasses.line}>
        <div className={formClasses.name}>
          <span className={formClasses.nameText}>{name}</span>
        </div>
        <div className={formClasses.control}>
          <code className={formClasses.grow}>{valueText(value)}</code>
          {mayEdit && (
            <ActionIcon
              size="sm"
              aria-label={t("form.remove", { name })}
              title={t("form.remove", { name })}
              onClick={() => onChange(name, undefined)}
            >
              <IconTrash size={14} aria-hidden />
            </ActionIcon>
          )}
        </div>
      </div>
      {problemsAt(problems, name, { within: true }).map((problem) => (
        <ProblemLine key={problem.message} problem={problem} isWhole />
      ))}
    </div>
  ));
}
