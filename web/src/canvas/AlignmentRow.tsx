import { ActionIcon } from "@mantine/core";
import {
  IconLayoutAlignBottom,
  IconLayoutAlignCenter,
  IconLayoutAlignLeft,
  IconLayoutAlignMiddle,
  IconLayoutAlignRight,
  IconLayoutAlignTop,
  IconLayoutDistributeHorizontal,
  IconLayoutDistributeVertical,
} from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { useEditorActions } from "@/editor/EditorContext";
import type { Edit } from "@/editor/types";
import { align, type Box, distribute } from "@/graph/layout";
import classes from "./CanvasMenu.module.css";
import { sceneBoxes, useSceneAccess } from "./scene";

const WAYS = [
  { name: "left", icon: IconLayoutAlignLeft, edits: (boxes: Box[]) => align(boxes, "left") },
  { name: "centre", icon: IconLayoutAlignCenter, edits: (boxes: Box[]) => align(boxes, "centre") },
  { name: "right", icon: IconLayoutAlignRight, edits: (boxes: Box[]) => align(boxes, "right") },
  { name: "top", icon: IconLayoutAlignTop, edits: (boxes: Box[]) => align(boxes, "top") },
  { name: "middle", icon: IconLayoutAlignMiddle, edits: (boxes: Box[]) => align(boxes, "middle") },
  { name: "bottom", icon: IconLayoutAlignBottom, edits: (boxes: Box[]) => align(boxes, "bottom") },
  {
    name: "horizontally",
    icon: IconLayoutDistributeVertical,
    edits: (boxes: Box[]) => distribute(boxes, "horizontally"),
  },
  {
    name: "vertically",
    icon: IconLayoutDistributeHorizontal,
    edits: (boxes: Box[]) => distribute(boxes, "vertically"),
  },
] as const;

/** Buttons that align several nodes, or distribute them. */
export function AlignmentRow({ nodes }: { nodes: readonly string[] }) {
  const { t } = useTranslation("canvas");
  const actions = useEditorActions();
  const { scene } = useSceneAccess();
  const apply = (editsOf: (boxes: Box[]) => Edit[]) => {
    const edits = editsOf(sceneBoxes(scene.current, nodes));
    if (edits.length > 0) {
      actions.edit(edits);
    }
  };
  return (
    <fieldset className={classes.alignment} aria-label={t("align.label")}>
      {WAYS.map(({ name, icon: Icon, edits }) => (
        <ActionIcon
          key={name}
          size="sm"
          aria-label={t(`align.${name}`)}
          title={t(`align.${name}`)}
          onClick={() => apply(edits)}
        >
          <Icon size={16} stroke={1.6} />
        </ActionIcon>
      ))}
    </fieldset>
  );
}
