import { IconChevronDown, IconChevronRight } from "@tabler/icons-react";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useEditor, useEditorActions } from "@/editor/EditorContext";
import type { Edit, GraphNode } from "@/editor/types";
import { executionSchema } from "./execution";
import { FieldRow } from "./form/FieldRow";
import formClasses from "./form/Form.module.css";
import { FormProvider, NO_COLUMNS } from "./form/FormContext";
import type { NamedField } from "./form/field";
import { withValue } from "./form/ObjectControls";
import { settingFields } from "./form/schema";

interface ExecutionSectionProps {
  node: GraphNode;
  /** What the operator needs if nothing else is said. */
  usual: Readonly<Record<string, unknown>> | null;
}

type Key = Extract<Edit, { kind: "set_node_key" }>["key"];
type KeyValue = Extract<Edit, { kind: "set_node_key" }>["value"];

/** What a job needs to be executed: processors, memory, attempts, time. */
export function ExecutionSection({ node, usual }: ExecutionSectionProps) {
  const { t } = useTranslation("inspector");
  const needs = node.needs ?? {};
  const isSet =
    Object.keys(needs).length > 0 || (node.retries ?? 0) > 0 || (node.timeout_s ?? null) !== null;
  const [isOpen, open] = useState(isSet);
  const Chevron = isOpen ? IconChevronDown : IconChevronRight;
  return (
    <section>
      <button
        type="button"
        className={formClasses.foldButton}
        aria-expanded={isOpen}
        onClick={() => open(!isOpen)}
      >
        <Chevron size={14} aria-hidden />
        {t("execution.title")}
      </button>
      {isOpen && <ExecutionForm node={node} usual={usual} />}
    </section>
  );
}

function ExecutionForm({ node, usual }: ExecutionSectionProps) {
  const { edit } = useEditorActions();
  const mayEdit = useEditor((state) => state.mayEdit);
  const diagnostics = useEditor((state) => state.diagnostics);
  const { needs, attempts } = useExecutionFields(usual);
  const problems = diagnostics.filter(({ place }) => place?.node === node.id && place.setting);
  const change = (key: Key, value: unknown, burst: string = key) =>
    edit([{ kind: "set_node_key", node: node.id, key, value: (value ?? null) as KeyValue }], {
      burst: `${node.id}:${burst}`,
    });
  const mine: Readonly<Record<string, unknown>> = node.needs ?? {};
  const rest: Readonly<Record<string, unknown>> = {
    retries: node.retries || undefined,
    timeout_s: node.timeout_s ?? undefined,
  };
  const form = {
    idPrefix: `execution:${node.id}`,
    isReadOnly: !mayEdit,
    hasHelp: true,
    problems,
    variables: {},
    onNewVariable: null,
    columnsAt: NO_COLUMNS,
  };
  return (
    <FormProvider value={form}>
      <div className={formClasses.form}>
        {needs.map((named) => (
          <FieldRow
            key={named.name}
            named={named}
            path={named.name}
            own={mine[named.name]}
            standard={named.standard}
            onChange={(value) => {
              const next = withValue(mine, named.name, value);
              change("needs", Object.keys(next).length > 0 ? next : null, named.name);
            }}
          />
        ))}
        {attempts.map((named) => (
          <FieldRow
            key={named.name}
            named={named}
            path={named.name}
            own={rest[named.name]}
            standard={named.standard}
            onChange={(value) => change(named.name as Key, value)}
          />
        ))}
      </div>
    </FormProvider>
  );
}

function useExecutionFields(usual: Readonly<Record<string, unknown>> | null) {
  const { t } = useTranslation("inspector");
  return useMemo(() => {
    const fields = settingFields(executionSchema(usual ?? {}));
    const described = fields.map(
      (named): NamedField => ({ ...named, help: t(`execution.${named.name}`) }),
    );
    const isAttempt = ({ name }: NamedField) => name === "retries" || name === "timeout_s";
    return {
      needs: described.filter((named) => !isAttempt(named)),
      attempts: described.filter(isAttempt),
    };
  }, [usual, t]);
}
