import { Button } from "@mantine/core";
import { IconArrowGuide } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { useEditor, useEditorActions } from "@/editor/EditorContext";
import type { GraphNode } from "@/editor/types";
import classes from "./Inspector.module.css";

/** Says that a node stands aside, and lets one use it again. */
export function BypassNotice({ node }: { node: GraphNode }) {
  const { t } = useTranslation("inspector");
  const { edit } = useEditorActions();
  const mayEdit = useEditor((state) => state.mayEdit);
  return (
    <div className={classes.aside} role="note">
      <IconArrowGuide size={16} stroke={1.6} className={classes.asidePart} aria-hidden />
      <p>{t("bypass.notice")}</p>
      {mayEdit && (
        <Button
          variant="default"
          size="compact-sm"
          className={classes.asidePart}
          onClick={() =>
            edit([{ kind: "set_node_key", node: node.id, key: "bypass", value: null }])
          }
        >
          {t("bypass.use")}
        </Button>
      )}
    </div>
  );
}
