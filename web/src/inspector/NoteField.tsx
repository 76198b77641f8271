import { useTranslation } from "react-i18next";
import { useEditor, useEditorActions } from "@/editor/EditorContext";
import type { GraphNode } from "@/editor/types";
import { GrowingText } from "@/ui/GrowingText";
import { useTyped } from "./form/useTyped";

/** What people want to say about a node. */
export function NoteField({ node }: { node: GraphNode }) {
  const { t } = useTranslation("inspector");
  const { edit } = useEditorActions();
  const mayEdit = useEditor((state) => state.mayEdit);
  const typed = useTyped(
    node.note ?? "",
    (value) => ({ value }),
    (value) =>
      edit(
        [{ kind: "set_node_key", node: node.id, key: "note", value: (value as string) ?? null }],
        {
          burst: `${node.id}:note`,
        },
      ),
  );
  return (
    <GrowingText
      label={t("note.label")}
      placeholder={t("note.placeholder")}
      minRows={1}
      maxRows={10}
      disabled={!mayEdit}
      value={typed.text}
      onChange={(event) => typed.type(event.currentTarget.value)}
    />
  );
}
