import { afterEach, describe, expect, it } from "vitest";
import { keyCaps, ownsKeys, type PressedKey, SHORTCUTS, shortcutOf } from "./shortcuts";

const pressed = (key: string, more: Partial<PressedKey> = {}): PressedKey => ({
  key,
  ctrlKey: false,
  metaKey: false,
  shiftKey: false,
  altKey: false,
  ...more,
});

const command = (key: string, more: Partial<PressedKey> = {}) =>
  shortcutOf(pressed(key, more))?.command ?? null;

describe("shortcutOf", () => {
  it.each([
    ["z", { ctrlKey: true }, "undo"],
    ["z", { metaKey: true }, "undo"],
    ["Z", { ctrlKey: true, shiftKey: true }, "redo"],
    ["y", { ctrlKey: true }, "redo"],
    ["Enter", { ctrlKey: true }, "runAll"],
    ["Enter", { shiftKey: true }, "runToHere"],
    ["Enter", { ctrlKey: true, altKey: true }, "cancelRun"],
    ["b", { ctrlKey: true }, "bypass"],
    ["G", { ctrlKey: true, shiftKey: true }, "component"],
    ["©", { ctrlKey: true, altKey: true, code: "KeyG" }, "ungroup"],
    ["Enter", {}, "open"],
    ["?", { shiftKey: true }, "help"],
    ["/", {}, "search"],
    ["/", { shiftKey: true }, "search"],
    ["ç", { altKey: true, code: "KeyC" }, "collapse"],
  ] as const)("%s %o is %s", (key, more, expected) => {
    expect(command(key, more)).toBe(expected);
  });

  it("leaves combinations alone that mean nothing here", () => {
    expect(command("z")).toBeNull();
    expect(command("s", { ctrlKey: true })).toBeNull();
    expect(command("Delete", { ctrlKey: true })).toBeNull();
  });

  it("has no keystroke twice", () => {
    const strokes = SHORTCUTS.flatMap(({ keys }) =>
      keys.map((stroke) => keyCaps(stroke, false).join("+")),
    );
    expect(new Set(strokes).size).toBe(strokes.length);
  });
});

describe("ownsKeys", () => {
  afterEach(() => document.body.replaceChildren());

  it("is true in text fields and menus, not on the canvas", () => {
    document.body.innerHTML =
      "<input><div role='menu'><button>a</button></div><div class='pane'></div>";
    const owned = ["input", "button", ".pane"].map((place) =>
      ownsKeys(document.querySelector(place)),
    );
    expect(owned).toEqual([true, true, false]);
  });
});
