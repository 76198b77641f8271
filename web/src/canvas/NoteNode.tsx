import { type NodeProps, NodeResizer } from "@xyflow/react";
import { memo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useEditor, useEditorActions } from "@/editor/EditorContext";
import { setNote } from "@/graph/groups";
import classes from "./Extras.module.css";
import type { NoteNode as Flow } from "./flowElements";
import { onGrid } from "./geometry";

/** A remark on the canvas. A double click, or typing, writes it. */
export const NoteNode = memo(function NoteNode({ data, selected }: NodeProps<Flow>) {
  const { t } = useTranslation("canvas");
  const mayEdit = useEditor((state) => state.mayEdit);
  const actions = useEditorActions();
  const { note } = data;
  const [draft, setDraft] = useState<string | null>(null);
  const keep = () => {
    if (draft !== null && draft !== note.text) {
      actions.edit([setNote({ ...note, text: draft })]);
    }
    setDraft(null);
  };
  return (
    <>
      <NodeResizer
        isVisible={selected && mayEdit}
        minWidth={96}
        minHeight={48}
        onResizeEnd={(_, { x, y, width, height }) =>
          actions.edit([
            setNote({
              ...note,
              x: onGrid(x),
              y: onGrid(y),
              width: onGrid(width),
              height: onGrid(height),
            }),
          ])
        }
      />
      <textarea
        className={`${classes.note} ${draft === null ? "" : "nodrag nowheel"}`}
        style={{ width: note.width, height: note.height }}
        value={draft ?? note.text}
        placeholder={t("note.placeholder")}
        aria-label={t("note.label")}
        readOnly={draft === null}
        onDoubleClick={() => mayEdit && setDraft(note.text)}
        onKeyDown={(event) => {
          if (event.key === "Escape") {
            event.currentTarget.blur();
          }
        }}
        onChange={(event) => setDraft(event.currentTarget.value)}
        onBlur={keep}
      />
    </>
  );
});
