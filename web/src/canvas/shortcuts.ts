/**
 * The keys of the canvas: one table that both the keyboard listener and the help read.
 *
 * `mod` is Ctrl, or Command on a Mac.
 */

export type CommandName =
  | "undo"
  | "redo"
  | "copy"
  | "cut"
  | "paste"
  | "pasteWithInputs"
  | "duplicate"
  | "remove"
  | "selectAll"
  | "group"
  | "ungroup"
  | "component"
  | "bypass"
  | "collapse"
  | "layout"
  | "rename"
  | "note"
  | "open"
  | "search"
  | "fitSelection"
  | "fitAll"
  | "runAll"
  | "runToHere"
  | "cancelRun"
  | "walkLeft"
  | "walkRight"
  | "walkUp"
  | "walkDown"
  | "escape"
  | "help";

export interface Keystroke {
  /** `KeyboardEvent.key`, letters in lower case. */
  key: string;
  mod?: boolean;
  shift?: boolean;
  alt?: boolean;
}

export interface Shortcut {
  command: CommandName;
  keys: readonly Keystroke[];
  section: "edit" | "view" | "run" | "move";
  /** Also for people who may only look. */
  isHarmless?: boolean;
}

const plain = (key: string): Keystroke => ({ key });
const mod = (key: string): Keystroke => ({ key, mod: true });
const modShift = (key: string): Keystroke => ({ key, mod: true, shift: true });

export const SHORTCUTS: readonly Shortcut[] = [
  { command: "undo", section: "edit", keys: [mod("z")] },
  { command: "redo", section: "edit", keys: [modShift("z"), mod("y")] },
  { command: "copy", section: "edit", keys: [mod("c")], isHarmless: true },
  { command: "cut", section: "edit", keys: [mod("x")] },
  { command: "paste", section: "edit", keys: [mod("v")] },
  { command: "pasteWithInputs", section: "edit", keys: [modShift("v")] },
  { command: "duplicate", section: "edit", keys: [mod("d")] },
  { command: "remove", section: "edit", keys: [plain("Delete"), plain("Backspace")] },
  { command: "group", section: "edit", keys: [mod("g")] },
  { command: "ungroup", section: "edit", keys: [{ key: "g", mod: true, alt: true }] },
  { command: "component", section: "edit", keys: [modShift("g")] },
  { command: "bypass", section: "edit", keys: [mod("b")] },
  { command: "rename", section: "edit", keys: [plain("F2")] },
  { command: "note", section: "edit", keys: [plain("n")] },
  { command: "search", section: "edit", keys: [plain("/"), plain(" ")] },
  { command: "layout", section: "edit", keys: [mod("l")] },
  { command: "collapse", section: "view", keys: [{ key: "c", alt: true }], isHarmless: true },
  { command: "fitSelection", section: "view", keys: [plain(".")], isHarmless: true },
  { command: "fitAll", section: "view", keys: [plain("1")], isHarmless: true },
  { command: "help", section: "view", keys: [plain("?")], isHarmless: true },
  { command: "runAll", section: "run", keys: [mod("Enter")], isHarmless: true },
  {
    command: "runToHere",
    section: "run",
    keys: [{ key: "Enter", shift: true }],
    isHarmless: true,
  },
  {
    command: "cancelRun",
    section: "run",
    keys: [{ key: "Enter", mod: true, alt: true }],
    isHarmless: true,
  },
  { command: "selectAll", section: "move", keys: [mod("a")], isHarmless: true },
  { command: "walkLeft", section: "move", keys: [plain("ArrowLeft")], isHarmless: true },
  { command: "walkRight", section: "move", keys: [plain("ArrowRight")], isHarmless: true },
  { command: "walkUp", section: "move", keys: [plain("ArrowUp")], isHarmless: true },
  { command: "walkDown", section: "move", keys: [plain("ArrowDown")], isHarmless: true },
  { command: "open", section: "move", keys: [plain("Enter")], isHarmless: true },
  { command: "escape", section: "move", keys: [plain("Escape")], isHarmless: true },
];

export interface PressedKey {
  key: string;
  code?: string;
  ctrlKey: boolean;
  metaKey: boolean;
  shiftKey: boolean;
  altKey: boolean;
}

/** Characters that need Shift on some keyboards and not on others: Shift does not count for them. */
const isSymbol = (key: string) => key.length === 1 && !/[a-z0-9 ]/.test(key);

/** With Alt, some systems type another letter: the position of the key tells which it was. */
function pressedName(pressed: PressedKey): string {
  const letter = /^Key([A-Z])$/.exec(pressed.code ?? "")?.[1];
  const name = pressed.altKey && letter !== undefined ? letter : pressed.key;
  return name.length === 1 ? name.toLowerCase() : name;
}

function isPressed(stroke: Keystroke, pressed: PressedKey): boolean {
  const hasMod = pressed.ctrlKey || pressed.metaKey;
  return (
    stroke.key === pressedName(pressed) &&
    (stroke.mod ?? false) === hasMod &&
    (stroke.alt ?? false) === pressed.altKey &&
    (isSymbol(stroke.key) || (stroke.shift ?? false) === pressed.shiftKey)
  );
}

/** The shortcut that was pressed, if any. */
export function shortcutOf(pressed: PressedKey): Shortcut | null {
  return SHORTCUTS.find(({ keys }) => keys.some((stroke) => isPressed(stroke, pressed))) ?? null;
}

/** Text fields, menus and dialogues keep their own keys. */
export function ownsKeys(target: EventTarget | null): boolean {
  if (!(target instanceof Element)) {
    return false;
  }
  return (
    target.closest(
      "input, textarea, select, [contenteditable='true'], [role='menu'], [role='dialog'], [role='listbox'], .cm-editor",
    ) !== null
  );
}

const NAMES: Record<string, string> = {
  " ": "Space",
  ArrowLeft: "←",
  ArrowRight: "→",
  ArrowUp: "↑",
  ArrowDown: "↓",
  Delete: "Del",
  Escape: "Esc",
};

/** The caps to show for a keystroke: `["Ctrl", "Shift", "Z"]`. */
export function keyCaps(stroke: Keystroke, isMac: boolean): string[] {
  return [
    ...(stroke.mod ? [isMac ? "⌘" : "Ctrl"] : []),
    ...(stroke.alt ? [isMac ? "⌥" : "Alt"] : []),
    ...(stroke.shift ? [isMac ? "⇧" : "Shift"] : []),
    NAMES[stroke.key] ?? (stroke.key.length === 1 ? stroke.key.toUpperCase() : stroke.key),
  ];
}

/** What to write behind a menu item: `Ctrl+D`. */
export function shortcutText(command: CommandName): string {
  const stroke = SHORTCUTS.find((shortcut) => shortcut.command === command)?.keys[0];
  return stroke === undefined ? "" : keyCaps(stroke, onMac()).join("+");
}

/** Whether the keyboard is a Mac's. */
export function onMac(): boolean {
  return /mac|iphone|ipad/i.test(navigator.userAgent);
}
