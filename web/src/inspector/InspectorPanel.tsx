import { useTranslation } from "react-i18next";
import { useEditor } from "@/editor/EditorContext";
import { nodeOf } from "@/graph/reading";
import classes from "./Inspector.module.css";
import { NodeInspector } from "./NodeInspector";
import { PipelineInspector } from "./PipelineInspector";
import { SelectionInspector } from "./SelectionInspector";

/** What is selected, at the right of the canvas: a node, several of them, or the pipeline itself. */
export function InspectorPanel() {
  const { t } = useTranslation("inspector");
  const selection = useEditor((state) => state.selection);
  const [first] = selection;
  const node = useEditor((state) =>
    first === undefined || state.graph === null ? undefined : nodeOf(state.graph, first),
  );
  return (
    <aside className={classes.panel} aria-label={t("title")}>
      {selection.size > 1 ? (
        <SelectionInspector />
      ) : node === undefined ? (
        <PipelineInspector />
      ) : (
        <NodeInspector key={node.id} node={node} />
      )}
    </aside>
  );
}
