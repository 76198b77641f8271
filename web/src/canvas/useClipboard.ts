import { useEffect, useRef } from "react";
import { useEditorActions, useEditorStore } from "@/editor/EditorContext";
import { tellProblem } from "@/ui/notices";
import { ownsKeys } from "./shortcuts";
import type { Commands } from "./useCommands";

/**
 * Copying, cutting and pasting nodes as YAML text, by the events of the browser.
 *
 * So it works between tabs, with editors and chats, on plain HTTP, and without asking for permission.
 */
export function useClipboard(commands: Commands): void {
  const store = useEditorStore();
  const actions = useEditorActions();
  const keepsInputs = useRef(false);
  useEffect(() => {
    const isOurs = (event: Event) => !ownsKeys(event.target) && !ownsKeys(document.activeElement);
    const hasText = () => (window.getSelection()?.toString() ?? "") !== "";
    const copy = (event: ClipboardEvent) => {
      const { selection, mayEdit } = store.getState();
      if (!isOurs(event) || selection.size === 0 || hasText()) {
        return;
      }
      event.preventDefault();
      event.clipboardData?.setData("text/plain", actions.copyText(selection));
      if (event.type === "cut" && mayEdit) {
        actions.remove(selection);
      }
    };
    const paste = (event: ClipboardEvent) => {
      const text = event.clipboardData?.getData("text/plain") ?? "";
      if (!isOurs(event) || text.trim() === "" || !store.getState().mayEdit) {
        return;
      }
      event.preventDefault();
      actions
        .paste(text, commands.here(), { keepsInputs: keepsInputs.current })
        .then((ids) => actions.select(ids))
        .catch(tellProblem);
    };
    const noteShift = (event: KeyboardEvent) => {
      keepsInputs.current = event.shiftKey;
    };
    document.addEventListener("copy", copy);
    document.addEventListener("cut", copy);
    document.addEventListener("paste", paste);
    document.addEventListener("keydown", noteShift, true);
    return () => {
      document.removeEventListener("copy", copy);
      document.removeEventListener("cut", copy);
      document.removeEventListener("paste", paste);
      document.removeEventListener("keydown", noteShift, true);
    };
  }, [store, actions, commands]);
}
