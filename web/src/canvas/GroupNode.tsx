import type { NodeProps } from "@xyflow/react";
import { memo } from "react";
import { useTranslation } from "react-i18next";
import { useEditor, useEditorActions } from "@/editor/EditorContext";
import classes from "./Extras.module.css";
import type { GroupNode as Flow } from "./flowElements";
import { show } from "./view";

/** A rectangle around nodes with a title by which they are moved together. */
export const GroupNode = memo(function GroupNode({ data, selected }: NodeProps<Flow>) {
  const { t } = useTranslation("canvas");
  const mayEdit = useEditor((state) => state.mayEdit);
  const actions = useEditorActions();
  const { group } = data;
  const rename = () => mayEdit && show({ prompt: { kind: "groupTitle", group: group.id } });
  return (
    <section
      className={classes.group}
      data-selected={selected || undefined}
      aria-label={group.title}
    >
      <button
        type="button"
        className={`nl-group-title ${classes.groupTitle}`}
        title={t("group.hint")}
        onClick={() => actions.select(group.nodes)}
        onDoubleClick={rename}
      >
        {group.title || t("group.untitled")}
      </button>
    </section>
  );
});
