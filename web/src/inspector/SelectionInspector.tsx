import { Button } from "@mantine/core";
import {
  IconArrowGuide,
  IconBoxMultiple,
  IconCopy,
  IconPackage,
  IconPlus,
  IconTrash,
} from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { AlignmentRow } from "@/canvas/AlignmentRow";
import { show } from "@/canvas/view";
import { useEditor, useEditorActions } from "@/editor/EditorContext";
import { bypassEdits } from "@/graph/bypass";
import { nodeOf } from "@/graph/reading";
import classes from "./Inspector.module.css";

/** Several nodes: what can be done with all of them. */
export function SelectionInspector() {
  const { t } = useTranslation("inspector");
  const selection = useEditor((state) => state.selection);
  const mayEdit = useEditor((state) => state.mayEdit);
  const { select } = useEditorActions();
  const nodes = [...selection];
  return (
    <>
      <header className={classes.head}>
        <h2 className={classes.nodeName}>{t("selection.title", { count: nodes.length })}</h2>
      </header>
      <div className={classes.scroll}>
        {mayEdit && <SelectionActions nodes={nodes} />}
        <ul className={classes.nodeList}>
          {nodes.map((id) => (
            <li key={id}>
              <button type="button" className={classes.rowButton} onClick={() => select([id])}>
                {id}
              </button>
            </li>
          ))}
        </ul>
      </div>
    </>
  );
}

function SelectionActions({ nodes }: { nodes: readonly string[] }) {
  const { t } = useTranslation("inspector");
  const actions = useEditorActions();
  const graph = useEditor((state) => state.graph);
  const areAside = nodes.every((id) => graph !== null && nodeOf(graph, id)?.bypass === true);
  return (
    <>
      <AlignmentRow nodes={nodes} />
      <div className={classes.buttons}>
        <Button
          variant="default"
          leftSection={<IconPlus size={14} aria-hidden />}
          onClick={() => actions.select(actions.duplicate(nodes))}
        >
          {t("selection.duplicate")}
        </Button>
        <Button
          variant="default"
          leftSection={<IconBoxMultiple size={14} aria-hidden />}
          onClick={() => actions.group(nodes, t("selection.groupTitle"))}
        >
          {t("selection.group")}
        </Button>
        <Button
          variant="default"
          leftSection={<IconPackage size={14} aria-hidden />}
          onClick={() => show({ prompt: { kind: "component", nodes } })}
        >
          {t("selection.component")}
        </Button>
        <Button
          variant="default"
          leftSection={<IconArrowGuide size={14} aria-hidden />}
          onClick={() => actions.edit(bypassEdits(graph, nodes))}
        >
          {t(areAside ? "selection.use" : "selection.bypass")}
        </Button>
        <Button
          variant="default"
          leftSection={<IconCopy size={14} aria-hidden />}
          onClick={() => void navigator.clipboard?.writeText(actions.copyText(nodes))}
        >
          {t("selection.copyYaml")}
        </Button>
        <Button
          variant="default"
          c="var(--nl-failed)"
          leftSection={<IconTrash size={14} aria-hidden />}
          onClick={() => actions.remove(nodes)}
        >
          {t("common:action.delete")}
        </Button>
      </div>
    </>
  );
}
