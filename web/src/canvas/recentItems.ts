/** What was put on a canvas last, in this browser. */
import { create } from "zustand";

const KEY = "netloom.canvas.recent";
const MOST = 6;

function stored(): string[] {
  try {
    const ids: unknown = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(ids) ? ids.filter((id) => typeof id === "string") : [];
  } catch {
    return [];
  }
}

export const useRecentItems = create<{ ids: readonly string[] }>(() => ({ ids: stored() }));

export function noteUse(id: string): void {
  const ids = [id, ...useRecentItems.getState().ids.filter((other) => other !== id)].slice(0, MOST);
  localStorage.setItem(KEY, JSON.stringify(ids));
  useRecentItems.setState({ ids });
}
