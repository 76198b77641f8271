import { Menu } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useEditor } from "@/editor/EditorContext";
import { Anchor } from "./Anchor";
import { NodeMenu } from "./NodeMenu";
import { EdgeMenu, GroupMenu, PaneMenu } from "./OtherMenus";
import type { Commands } from "./useCommands";
import { type MenuTarget, show, useCanvasView } from "./view";

/** The menu of what was clicked with the right button. */
export function CanvasMenu({ commands }: { commands: Commands }) {
  const { t } = useTranslation("canvas");
  const menu = useCanvasView((view) => view.menu);
  if (menu === null) {
    return null;
  }
  const { screen, target } = menu;
  return (
    <Menu
      key={`${screen.x},${screen.y}`}
      opened
      onClose={() => show({ menu: null })}
      position="bottom-start"
      withinPortal
      width={260}
      returnFocus={false}
    >
      <Anchor at={screen} />
      <Menu.Dropdown aria-label={t("menu.label")}>
        <Items target={target} commands={commands} />
      </Menu.Dropdown>
    </Menu>
  );
}

function Items({ target, commands }: { target: MenuTarget; commands: Commands }) {
  const mayEdit = useEditor((state) => state.mayEdit);
  switch (target.kind) {
    case "nodes":
      return <NodeMenu nodes={target.nodes} commands={commands} />;
    case "canvas":
      return <PaneMenu at={target.canvas} commands={commands} />;
    case "edge":
      return mayEdit ? <EdgeMenu edge={target.edge} /> : null;
    case "group":
      return mayEdit ? <GroupMenu group={target.group} /> : null;
  }
}
