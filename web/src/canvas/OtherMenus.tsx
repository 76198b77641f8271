import { Menu } from "@mantine/core";
import {
  IconClipboard,
  IconLayoutDistributeHorizontal,
  IconMaximize,
  IconNote,
  IconPencil,
  IconPlus,
  IconSelectAll,
  IconTrash,
} from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { useEditor, useEditorActions } from "@/editor/EditorContext";
import { disconnectEdit } from "@/graph/connecting";
import { removeGroup } from "@/graph/groups";
import { tell, tellProblem } from "@/ui/notices";
import { CommandItem } from "./CommandItem";
import type { Point } from "./geometry";
import { useSceneAccess } from "./scene";
import { shortcutText } from "./shortcuts";
import type { Commands } from "./useCommands";
import { show } from "./view";

/** The menu of the empty canvas. */
export function PaneMenu({ at, commands }: { at: Point; commands: Commands }) {
  const { t } = useTranslation("canvas");
  const mayEdit = useEditor((state) => state.mayEdit);
  return (
    <>
      {mayEdit && <AddItems at={at} commands={commands} />}
      <CommandItem icon={IconSelectAll} command="selectAll" onClick={commands.selectAll}>
        {t("menu.selectAll")}
      </CommandItem>
      <CommandItem icon={IconMaximize} command="fitAll" onClick={commands.fitAll}>
        {t("menu.fitAll")}
      </CommandItem>
    </>
  );
}

function AddItems({ at, commands }: { at: Point; commands: Commands }) {
  const { t } = useTranslation("canvas");
  const actions = useEditorActions();
  const paste = async () => {
    try {
      const text = await navigator.clipboard.readText();
      actions.select(await actions.paste(text, at));
    } catch (problem) {
      // Browsers let pages read the clipboard only over HTTPS and if allowed; the key always works.
      if (problem instanceof DOMException || problem instanceof TypeError) {
        tell(t("menu.pasteByKey", { keys: shortcutText("paste") }));
      } else {
        tellProblem(problem);
      }
    }
  };
  return (
    <>
      <CommandItem icon={IconPlus} command="search" onClick={commands.search}>
        {t("menu.add")}
      </CommandItem>
      <CommandItem icon={IconNote} onClick={() => commands.addNote(at)}>
        {t("menu.addNote")}
      </CommandItem>
      <CommandItem icon={IconClipboard} command="paste" onClick={paste}>
        {t("menu.paste")}
      </CommandItem>
      <Menu.Divider />
      <CommandItem
        icon={IconLayoutDistributeHorizontal}
        command="layout"
        onClick={() => {
          actions.select([]);
          commands.layout();
        }}
      >
        {t("menu.layout")}
      </CommandItem>
    </>
  );
}

/** The menu of a connection. */
export function EdgeMenu({ edge }: { edge: string }) {
  const { t } = useTranslation("canvas");
  const actions = useEditorActions();
  const { scene } = useSceneAccess();
  const found = scene.current.edges.find(({ id }) => id === edge);
  if (found === undefined || found.isWired) {
    return <Menu.Label>{t("menu.wired")}</Menu.Label>;
  }
  return (
    <CommandItem
      icon={IconTrash}
      command="remove"
      isDangerous
      onClick={() => actions.edit([disconnectEdit(found)])}
    >
      {t("menu.disconnectEdge")}
    </CommandItem>
  );
}

/** The menu of a group. */
export function GroupMenu({ group }: { group: string }) {
  const { t } = useTranslation(["canvas", "common"]);
  const actions = useEditorActions();
  return (
    <>
      <CommandItem
        icon={IconPencil}
        onClick={() => show({ prompt: { kind: "groupTitle", group } })}
      >
        {t("common:action.rename")}
      </CommandItem>
      <CommandItem
        icon={IconTrash}
        command="ungroup"
        onClick={() => actions.edit([removeGroup(group)])}
      >
        {t("menu.ungroup")}
      </CommandItem>
    </>
  );
}
