/** Which setting is to be looked at: a problem was chosen in a list, the form of its node shows where it is. */
import { create } from "zustand";

export type InspectorTab = "settings" | "data" | "logs" | "metrics" | "why" | "code";

interface Attention {
  tab: InspectorTab;
  /** Dotted; null once it was shown. */
  setting: { node: string; path: string } | null;
  openTab(tab: InspectorTab): void;
  lookAt(node: string, setting: string): void;
  seen(): void;
}

export const useAttention = create<Attention>((set) => ({
  tab: "settings",
  setting: null,
  openTab: (tab) => set({ tab }),
  lookAt: (node, path) => set({ tab: "settings", setting: { node, path } }),
  seen: () => set({ setting: null }),
}));

/** The part of a form that shows a setting: its own row, or the nearest around it that is there. */
export function rowOf(form: ParentNode, path: string): HTMLElement | null {
  const steps = path.split(".");
  for (let length = steps.length; length > 0; length--) {
    const name = CSS.escape(steps.slice(0, length).join("."));
    const row = form.querySelector<HTMLElement>(`[data-setting="${name}"]`);
    if (row !== null) {
      return row;
    }
  }
  return null;
}
