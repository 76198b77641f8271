import { Menu } from "@mantine/core";
import type { IconProps } from "@tabler/icons-react";
import type { ComponentType, ReactNode } from "react";
import classes from "./CanvasMenu.module.css";
import { type CommandName, shortcutText } from "./shortcuts";

interface CommandItemProps {
  icon?: ComponentType<IconProps>;
  /** Shows the key that does the same. */
  command?: CommandName;
  isDisabled?: boolean;
  isDangerous?: boolean;
  onClick: () => void;
  children: ReactNode;
}

/** An item of a menu with its icon and its key. */
export function CommandItem(props: CommandItemProps) {
  const { icon: Icon, command, isDisabled, isDangerous, onClick, children } = props;
  return (
    <Menu.Item
      leftSection={
        Icon ? <Icon size={16} stroke={1.6} aria-hidden /> : <span className={classes.noIcon} />
      }
      rightSection={command && <span className={classes.key}>{shortcutText(command)}</span>}
      disabled={isDisabled}
      color={isDangerous ? "red" : undefined}
      onClick={onClick}
    >
      {children}
    </Menu.Item>
  );
}
