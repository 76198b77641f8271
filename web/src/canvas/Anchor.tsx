import { Menu } from "@mantine/core";
import type { Point } from "./geometry";

/** What a menu that opens at the pointer hangs on. */
export function Anchor({ at }: { at: Point }) {
  return (
    <Menu.Target>
      <span
        aria-hidden
        style={{
          position: "fixed",
          left: at.x,
          top: at.y,
          width: 1,
          height: 1,
          pointerEvents: "none",
        }}
      />
    </Menu.Target>
  );
}
