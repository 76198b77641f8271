import { Menu } from "@mantine/core";
import {
  IconArrowGuide,
  IconBolt,
  IconBoxMultiple,
  IconBrain,
  IconCopy,
  IconCopyPlus,
  IconFold,
  IconHelpCircle,
  IconId,
  IconLayoutDistributeHorizontal,
  IconNote,
  IconPackage,
  IconPackageExport,
  IconPencil,
  IconPlayerPlay,
  IconPlayerSkipForward,
  IconPlugConnectedX,
  IconTrash,
} from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { useCatalogue, useEditor, useEditorActions } from "@/editor/EditorContext";
import type { Edit, RunSelection } from "@/editor/types";
import { usesComponent } from "@/graph/boundary";
import { disconnectEdit } from "@/graph/connecting";
import { nodeOf } from "@/graph/reading";
import { reuseEdit } from "@/graph/reuse";
import { tell, tellProblem } from "@/ui/notices";
import { AlignmentRow } from "./AlignmentRow";
import { CommandItem } from "./CommandItem";
import { useSceneAccess } from "./scene";
import type { Commands } from "./useCommands";
import { show } from "./view";

interface NodeMenuProps {
  nodes: readonly string[];
  commands: Commands;
}

/** What can be done with nodes: run, explain, change, remove. */
export function NodeMenu({ nodes, commands }: NodeMenuProps) {
  const mayEdit = useEditor((state) => state.mayEdit);
  const mayRun = useEditor((state) => state.mayRun);
  const areAside = useAreAside(nodes);
  return (
    <>
      {mayRun && !areAside && <RunItems nodes={nodes} />}
      {mayEdit && <EditItems nodes={nodes} commands={commands} />}
      <LookItems nodes={nodes} />
      {mayEdit && <RemoveItems nodes={nodes} />}
    </>
  );
}

/** Whether all of these nodes are bypassed. */
function useAreAside(nodes: readonly string[]): boolean {
  return useEditor(({ graph }) =>
    nodes.every((id) => graph !== null && nodeOf(graph, id)?.bypass === true),
  );
}

function RunItems({ nodes }: { nodes: readonly string[] }) {
  const { t } = useTranslation("canvas");
  const actions = useEditorActions();
  const start = (selection: RunSelection) => {
    actions.startRun(selection).catch(tellProblem);
  };
  const ids = [...nodes];
  return (
    <>
      <CommandItem icon={IconPlayerPlay} command="runToHere" onClick={() => start({ to: ids })}>
        {t("menu.runToHere")}
      </CommandItem>
      <CommandItem icon={IconPlayerSkipForward} onClick={() => start({ to: ids, from: ids })}>
        {t("menu.runOnly")}
      </CommandItem>
      <CommandItem icon={IconBolt} onClick={() => start({ to: ids, force: ids })}>
        {t("menu.runAgain")}
      </CommandItem>
      <Menu.Divider />
    </>
  );
}

function EditItems({ nodes, commands }: NodeMenuProps) {
  const { t } = useTranslation("canvas");
  const actions = useEditorActions();
  const [node = ""] = nodes;
  const isOne = nodes.length === 1;
  const isComponent = useEditor(({ graph }) => graph !== null && usesComponent(graph, node));
  const areAside = useAreAside(nodes);
  const withSelection = (command: () => void) => () => {
    actions.select(nodes);
    command();
  };
  return (
    <>
      {isOne && (
        <CommandItem
          icon={IconPencil}
          command="rename"
          onClick={() => show({ prompt: { kind: "rename", node } })}
        >
          {t("menu.rename")}
        </CommandItem>
      )}
      {isOne && (
        <CommandItem
          icon={IconNote}
          command="note"
          onClick={() => show({ prompt: { kind: "note", node } })}
        >
          {t("menu.note")}
        </CommandItem>
      )}
      <CommandItem
        icon={IconCopyPlus}
        command="duplicate"
        onClick={() => actions.select(actions.duplicate(nodes))}
      >
        {t("menu.duplicate")}
      </CommandItem>
      <CommandItem icon={IconBoxMultiple} command="group" onClick={withSelection(commands.group)}>
        {t("menu.group")}
      </CommandItem>
      <CommandItem
        icon={IconPackage}
        command="component"
        onClick={() => show({ prompt: { kind: "component", nodes } })}
      >
        {t("menu.component")}
      </CommandItem>
      {isOne && isComponent && (
        <CommandItem icon={IconPackageExport} onClick={() => commands.dissolve(node)}>
          {t("menu.dissolve")}
        </CommandItem>
      )}
      {isOne && <ReuseItem node={node} />}
      <CommandItem icon={IconArrowGuide} command="bypass" onClick={withSelection(commands.bypass)}>
        {t(areAside ? "menu.useAgain" : "menu.bypass")}
      </CommandItem>
      <CommandItem icon={IconFold} command="collapse" onClick={withSelection(commands.collapse)}>
        {t("menu.collapse")}
      </CommandItem>
      {!isOne && (
        <>
          <CommandItem
            icon={IconLayoutDistributeHorizontal}
            command="layout"
            onClick={withSelection(commands.layout)}
          >
            {t("menu.layoutSelection")}
          </CommandItem>
          <AlignmentRow nodes={nodes} />
        </>
      )}
      <Menu.Divider />
    </>
  );
}

/** Between training and a trained model, for what trains. */
function ReuseItem({ node: id }: { node: string }) {
  const { t } = useTranslation("canvas");
  const actions = useEditorActions();
  const catalogue = useCatalogue();
  const node = useEditor(({ graph }) => graph && nodeOf(graph, id));
  if (!node || node.bypass || !catalogue.operators.get(node.op)?.stand_in) {
    return null;
  }
  return (
    <CommandItem
      icon={IconBrain}
      onClick={() =>
        node.reuse
          ? actions.edit([reuseEdit(id, null)])
          : show({ prompt: { kind: "reuse", node: id } })
      }
    >
      {t(node.reuse ? "menu.trainAgain" : "menu.useTrained")}
    </CommandItem>
  );
}

function LookItems({ nodes }: { nodes: readonly string[] }) {
  const { t } = useTranslation(["canvas", "common"]);
  const [node = ""] = nodes;
  const copyId = async () => {
    try {
      await navigator.clipboard.writeText(node);
      tell(t("common:action.copied"));
    } catch (problem) {
      tellProblem(problem);
    }
  };
  return nodes.length === 1 ? (
    <>
      <CommandItem icon={IconHelpCircle} onClick={() => show({ prompt: { kind: "why", node } })}>
        {t("menu.why")}
      </CommandItem>
      <CommandItem icon={IconId} onClick={copyId}>
        {t("menu.copyId")}
      </CommandItem>
    </>
  ) : (
    <CommandItem icon={IconCopy} command="copy" onClick={() => document.execCommand("copy")}>
      {t("common:action.copy")}
    </CommandItem>
  );
}

function RemoveItems({ nodes }: { nodes: readonly string[] }) {
  const { t } = useTranslation(["canvas", "common"]);
  const actions = useEditorActions();
  const { scene } = useSceneAccess();
  const isMeant = (id: string) => nodes.includes(id);
  const edits: Edit[] = scene.current.edges
    .filter((edge) => !edge.isWired && (isMeant(edge.source.node) || isMeant(edge.target.node)))
    .map(disconnectEdit);
  return (
    <>
      <Menu.Divider />
      <CommandItem
        icon={IconPlugConnectedX}
        isDisabled={edits.length === 0}
        onClick={() => actions.edit(edits)}
      >
        {t("menu.disconnect")}
      </CommandItem>
      <CommandItem
        icon={IconTrash}
        command="remove"
        isDangerous
        onClick={() => actions.remove(nodes)}
      >
        {t("common:action.delete")}
      </CommandItem>
    </>
  );
}
