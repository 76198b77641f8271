import { useEffect } from "react";
import { useEditorStore } from "@/editor/EditorContext";
import { ownsKeys, shortcutOf } from "./shortcuts";
import type { Commands } from "./useCommands";
import { closeOverlays } from "./view";

/** The clipboard's own events do these. */
const BY_EVENT = new Set(["copy", "cut", "paste", "pasteWithInputs"]);
/** What a person wants in the middle of a form, too. */
const EVERYWHERE = new Set(["runAll", "cancelRun"]);
/** Longer, the space bar is held to move the canvas. */
const TAP_MS = 250;

/** Listens to the keyboard while the canvas is open; texts, menus and dialogues keep their keys. */
export function useShortcuts(commands: Commands): void {
  const store = useEditorStore();
  useEffect(() => {
    let spaceDownMs: number | null = null;
    const press = (event: KeyboardEvent) => {
      if (event.defaultPrevented) {
        return;
      }
      const shortcut = shortcutOf(event);
      if (shortcut === null || BY_EVENT.has(shortcut.command)) {
        return;
      }
      if (ownsKeys(event.target) && !(EVERYWHERE.has(shortcut.command) && isForm(event.target))) {
        return;
      }
      if (isForButton(event)) {
        return;
      }
      event.preventDefault();
      if (event.key === " ") {
        spaceDownMs = event.repeat ? spaceDownMs : event.timeStamp;
      } else if (shortcut.isHarmless || store.getState().mayEdit) {
        commands[shortcut.command]();
      }
    };
    const release = (event: KeyboardEvent) => {
      const isTap = spaceDownMs !== null && event.timeStamp - spaceDownMs < TAP_MS;
      if (event.key === " " && isTap && store.getState().mayEdit) {
        commands.search();
      }
      spaceDownMs = null;
    };
    const drag = () => {
      spaceDownMs = null;
    };
    document.addEventListener("keydown", press);
    document.addEventListener("keyup", release);
    document.addEventListener("pointerdown", drag);
    return () => {
      document.removeEventListener("keydown", press);
      document.removeEventListener("keyup", release);
      document.removeEventListener("pointerdown", drag);
      closeOverlays();
    };
  }, [commands, store]);
}

/** Whether a field belongs to a panel, not to a dialogue or menu that is in front. */
function isForm(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest("[role='dialog'], [role='menu']") === null;
}

/** A focused button or link is pressed by Enter and the space bar. */
function isForButton(event: KeyboardEvent): boolean {
  const isPressing =
    (event.key === "Enter" || event.key === " ") && !event.ctrlKey && !event.metaKey;
  return (
    isPressing &&
    event.target instanceof Element &&
    event.target.closest("button, a, summary, [role='button'][tabindex]") !== null &&
    event.target.closest(".react-flow__node") !== event.target
  );
}
