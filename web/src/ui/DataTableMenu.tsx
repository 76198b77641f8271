import { Menu } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { RowAction } from "./DataTableColumns";

/** Where a row's menu is open, and what is in it. */
export interface OpenMenu {
  x: number;
  y: number;
  actions: readonly RowAction[];
}

/** The one menu of a table: a menu per row would be drawn with every row. */
export function RowMenu({ menu, onClose }: { menu: OpenMenu | null; onClose(): void }) {
  const { t } = useTranslation("table");
  if (menu === null) {
    return null;
  }
  return (
    <Menu opened onClose={onClose} position="bottom-start" returnFocus withinPortal>
      <Menu.Target>
        <span aria-hidden style={{ position: "fixed", left: menu.x, top: menu.y, width: 1 }} />
      </Menu.Target>
      <Menu.Dropdown aria-label={t("actions")}>
        {menu.actions.map(({ id, label, icon: Icon, onChoose, isDangerous, isDisabled }) => (
          <Menu.Item
            key={id}
            leftSection={Icon && <Icon size={14} aria-hidden />}
            color={isDangerous ? "red" : undefined}
            disabled={isDisabled}
            onClick={onChoose}
          >
            {label}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
