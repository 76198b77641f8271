/** What keys mean in a table: a pure function from the state and a key to what is to be done. */

/** Keys of rows in their order, which of them is active, and which are selected. */
export interface TableFocus {
  keys: readonly string[];
  active: number;
  selection: ReadonlySet<string>;
  /** Rows that fit on the page. */
  pageRows: number;
}

export interface KeyPress {
  key: string;
  shiftKey: boolean;
  /** Ctrl, or Command on a Mac. */
  ctrlKey: boolean;
}

export type KeyEffect =
  | { kind: "move"; active: number; selection?: ReadonlySet<string> }
  | { kind: "open"; active: number }
  | { kind: "select"; selection: ReadonlySet<string> }
  | { kind: "menu"; active: number }
  | { kind: "copy"; active: number };

/** What a key does; null for keys that are none of the table's business. */
export function effectOf(press: KeyPress, focus: TableFocus): KeyEffect | null {
  const { keys, active, selection } = focus;
  if (keys.length === 0) {
    return null;
  }
  const target = targetOf(press, focus);
  if (target !== null) {
    const bounded = Math.min(Math.max(target, 0), keys.length - 1);
    return press.shiftKey
      ? { kind: "move", active: bounded, selection: spanning(focus, bounded) }
      : { kind: "move", active: bounded };
  }
  if (press.ctrlKey) {
    if (press.key === "a") {
      return { kind: "select", selection: new Set(keys) };
    }
    return press.key === "c" && active >= 0 ? { kind: "copy", active } : null;
  }
  if (press.key === "Escape" && selection.size > 0) {
    return { kind: "select", selection: new Set() };
  }
  return active < 0 ? null : effectOnActive(press, focus);
}

function effectOnActive(press: KeyPress, { keys, active, selection }: TableFocus) {
  const key = keys[active];
  if (key === undefined) {
    return null;
  }
  if (press.key === "Enter") {
    return { kind: "open", active } as const;
  }
  if (press.key === " ") {
    return { kind: "select", selection: toggled(selection, key) } as const;
  }
  return press.key === "ContextMenu" || (press.key === "F10" && press.shiftKey)
    ? ({ kind: "menu", active } as const)
    : null;
}

function targetOf(press: KeyPress, { keys, active, pageRows }: TableFocus): number | null {
  switch (press.key) {
    case "ArrowDown":
      return active + 1;
    case "ArrowUp":
      return active < 0 ? 0 : active - 1;
    case "PageDown":
      return active + Math.max(pageRows - 1, 1);
    case "PageUp":
      return active - Math.max(pageRows - 1, 1);
    case "Home":
      return 0;
    case "End":
      return keys.length - 1;
    default:
      return null;
  }
}

/** The selection with everything between the active row and the target. */
function spanning({ keys, active, selection }: TableFocus, target: number): ReadonlySet<string> {
  const from = Math.max(Math.min(active, target), 0);
  return new Set([...selection, ...keys.slice(from, Math.max(active, target) + 1)]);
}

/** A selection with one key more or less. */
export function toggled(selection: ReadonlySet<string>, key: string): ReadonlySet<string> {
  const after = new Set(selection);
  if (!after.delete(key)) {
    after.add(key);
  }
  return after;
}
