import { Modal, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useEditor, useEditorActions } from "@/editor/EditorContext";
import { setGroup } from "@/graph/groups";
import { isNodeId } from "@/graph/naming";
import { nodeOf } from "@/graph/reading";
import { TrainedModelDialog } from "@/inspector/reuse/TrainedModelDialog";
import { GrowingText } from "@/ui/GrowingText";
import { ComponentForm } from "./ComponentForm";
import { PromptForm } from "./PromptForm";
import { ShortcutsHelp } from "./ShortcutsHelp";
import { show, useCanvasView } from "./view";
import { WhyExplained } from "./WhyExplained";

const close = () => show({ prompt: null });

/** The small dialogues of the canvas: a new id, a note, a title, reasons, the keys. */
export function Prompts() {
  const { t } = useTranslation("canvas");
  const prompt = useCanvasView((view) => view.prompt);
  const isWide = prompt?.kind === "help" || prompt?.kind === "why";
  if (prompt?.kind === "reuse") {
    return <TrainedModelDialog node={prompt.node} onClose={close} />;
  }
  return (
    <Modal
      opened={prompt !== null}
      onClose={close}
      size={isWide ? "lg" : "sm"}
      title={prompt && t(`prompt.${prompt.kind}`, { node: "node" in prompt ? prompt.node : "" })}
      returnFocus
    >
      {prompt?.kind === "rename" && <RenameForm key={prompt.node} node={prompt.node} />}
      {prompt?.kind === "note" && <NoteForm key={prompt.node} node={prompt.node} />}
      {prompt?.kind === "groupTitle" && <TitleForm key={prompt.group} group={prompt.group} />}
      {prompt?.kind === "component" && <ComponentForm nodes={prompt.nodes} />}
      {prompt?.kind === "why" && <WhyExplained node={prompt.node} />}
      {prompt?.kind === "help" && <ShortcutsHelp />}
    </Modal>
  );
}

function RenameForm({ node }: { node: string }) {
  const { t } = useTranslation("canvas");
  const actions = useEditorActions();
  const graph = useEditor((state) => state.graph);
  const [id, setId] = useState(node);
  const isTaken = id !== node && graph !== null && nodeOf(graph, id) !== undefined;
  const problem = isTaken ? t("rename.taken") : isNodeId(id) ? null : t("rename.invalid");
  const submit = () => {
    if (id !== node) {
      actions.edit([{ kind: "rename_node", node, new: id }]);
      actions.select([id]);
    }
  };
  return (
    <PromptForm isValid={problem === null} onSubmit={submit}>
      <TextInput
        data-autofocus
        label={t("rename.label")}
        description={t("rename.description")}
        value={id}
        error={problem}
        onChange={(event) => setId(event.currentTarget.value)}
        onFocus={(event) => event.currentTarget.select()}
      />
    </PromptForm>
  );
}

function NoteForm({ node }: { node: string }) {
  const { t } = useTranslation("canvas");
  const actions = useEditorActions();
  const graph = useEditor((state) => state.graph);
  const before = (graph && nodeOf(graph, node)?.note) ?? "";
  const [text, setText] = useState(before);
  const submit = () => {
    if (text !== before) {
      actions.edit([{ kind: "set_node_key", node, key: "note", value: text || null }]);
    }
  };
  return (
    <PromptForm isValid onSubmit={submit}>
      <GrowingText
        data-autofocus
        minRows={3}
        maxRows={16}
        label={t("noteForm.label")}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
    </PromptForm>
  );
}

function TitleForm({ group: id }: { group: string }) {
  const { t } = useTranslation("canvas");
  const actions = useEditorActions();
  const group = useEditor((state) => state.canvas.groups.find((each) => each.id === id));
  const [title, setTitle] = useState(group?.title ?? "");
  const submit = () => {
    if (group !== undefined && title !== group.title) {
      actions.edit([setGroup({ ...group, title })]);
    }
  };
  return (
    <PromptForm isValid onSubmit={submit}>
      <TextInput
        data-autofocus
        label={t("group.title")}
        value={title}
        onChange={(event) => setTitle(event.currentTarget.value)}
        onFocus={(event) => event.currentTarget.select()}
      />
    </PromptForm>
  );
}
