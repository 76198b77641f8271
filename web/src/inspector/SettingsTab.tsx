import { type RefObject, useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { useEditor, useEditorActions, useEditorStore } from "@/editor/EditorContext";
import type { Edit, GraphNode } from "@/editor/types";
import type { NodeOperator } from "@/graph/catalogue";
import { nodeOf } from "@/graph/reading";
import { Answered } from "@/ui/Answered";
import { ExecutionSection } from "./ExecutionSection";
import { rowOf, useAttention } from "./focus";
import { FreeControl } from "./form/FreeControl";
import type { NamedField } from "./form/field";
import { withValue } from "./form/ObjectControls";
import { SettingsForm } from "./form/SettingsForm";
import { settingEdits } from "./form/settingEdits";
import classes from "./Inspector.module.css";
import { NoteField } from "./NoteField";
import { useOperator, useSettingFields } from "./operatorDetails";
import { UnknownSettings } from "./UnknownSettings";
import { useColumnsOf } from "./useColumnsOf";
import { useNewVariable, usePipelineHead } from "./variables";

interface SettingsTabProps {
  node: GraphNode;
  operator: NodeOperator;
}

/** The settings of a node, and how it is executed. */
export function SettingsTab({ node, operator }: SettingsTabProps) {
  const isKnown = operator.origin === "operator";
  const details = useOperator(operator.id, { isKnown });
  const fields = useSettingFields(details.data);
  const form = useRef<HTMLDivElement>(null);
  useShownSetting(form, node.id, !isKnown || details.isSuccess);
  return (
    <div ref={form} className={classes.sections}>
      {isKnown ? (
        <Answered query={details}>{() => <NodeForm node={node} fields={fields} />}</Answered>
      ) : (
        <PlainSettings node={node} />
      )}
      <NoteField node={node} />
      {operator.is_job && <ExecutionSection node={node} usual={details.data?.needs ?? null} />}
    </div>
  );
}

function NodeForm({ node, fields }: { node: GraphNode; fields: readonly NamedField[] }) {
  const change = useSettingChange(node.id);
  const mayEdit = useEditor((state) => state.mayEdit);
  const diagnostics = useEditor((state) => state.diagnostics);
  const { variables } = usePipelineHead();
  const makeVariable = useNewVariable(node.id);
  const columnsAt = useColumnsOf(node.id, fields);
  const settings = node.settings ?? {};
  const problems = diagnostics.filter(({ place }) => place?.node === node.id && place.setting);
  return (
    <>
      <SettingsForm
        fields={fields}
        settings={settings}
        problems={problems}
        variables={variables}
        idPrefix={`setting:${node.id}`}
        isReadOnly={!mayEdit || Boolean(node.reuse)}
        onChange={change}
        onNewVariable={makeVariable}
        columnsAt={columnsAt}
      />
      <UnknownSettings fields={fields} node={node} problems={problems} onChange={change} />
    </>
  );
}

/** Settings of a component, or of an operator that is not there: nothing says what they may be. */
function PlainSettings({ node }: { node: GraphNode }) {
  const { t } = useTranslation("inspector");
  const component = useEditor(({ graph }) => graph?.components?.[node.op]);
  const { edit } = useEditorActions();
  const settings = node.settings ?? {};
  const hasNone = component !== undefined && Object.keys(component.settings ?? {}).length === 0;
  if (hasNone && Object.keys(settings).length === 0) {
    return <p className={classes.sectionHint}>{t("form.nothing")}</p>;
  }
  return (
    <FreeControl
      field={{ kind: "free" }}
      path="settings"
      label={t("tab.settings")}
      own={settings}
      standard={{}}
      isNullable={false}
      unit=""
      mustBeMapping
      onChange={(value) => {
        const edits = settingEdits(node.id, settings, (value ?? {}) as Record<string, unknown>);
        if (edits.length > 0) {
          edit(edits, { burst: `${node.id}:settings` });
        }
      }}
    />
  );
}

/** Change a setting by the edits that touch least; typing at the same place is one step of undo. */
function useSettingChange(id: string): (name: string, value: unknown) => void {
  const store = useEditorStore();
  const { edit } = useEditorActions();
  return (name, value) => {
    const { graph } = store.getState();
    const before = (graph && nodeOf(graph, id)?.settings) ?? {};
    const edits = settingEdits(id, before, withValue(before, name, value));
    if (edits.length > 0) {
      edit(edits, { burst: `${id}:${settingOf(edits[0])}` });
    }
  };
}

const settingOf = (edit: Edit | undefined): string =>
  edit !== undefined && "setting" in edit ? edit.setting : "";

/** Scroll to the setting that was asked for, and give it the focus. */
function useShownSetting(
  form: RefObject<HTMLElement | null>,
  node: string,
  isThere: boolean,
): void {
  const { setting, seen } = useAttention();
  useEffect(() => {
    if (setting?.node !== node || !isThere || form.current === null) {
      return;
    }
    const row = rowOf(form.current, setting.path);
    seen();
    row?.scrollIntoView({ block: "center" });
    row?.querySelector<HTMLElement>("input, textarea, button")?.focus();
  }, [form, node, isThere, setting, seen]);
}
