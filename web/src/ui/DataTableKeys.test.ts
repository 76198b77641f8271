import { describe, expect, it } from "vitest";
import { effectOf, type KeyPress, type TableFocus } from "./DataTableKeys";

const press = (key: string, more: Partial<KeyPress> = {}): KeyPress => ({
  key,
  shiftKey: false,
  ctrlKey: false,
  ...more,
});
const focus = (more: Partial<TableFocus> = {}): TableFocus => ({
  keys: ["a", "b", "c", "d", "e"],
  active: 1,
  selection: new Set(["a"]),
  pageRows: 3,
  ...more,
});

describe("keys in a table", () => {
  it.each([
    ["ArrowDown", 2],
    ["ArrowUp", 0],
    ["PageDown", 3],
    ["PageUp", 0],
    ["Home", 0],
    ["End", 4],
  ])("%s moves to row %i", (key, active) => {
    expect(effectOf(press(key), focus())).toEqual({ kind: "move", active });
  });

  it("stays inside at both ends", () => {
    expect(effectOf(press("ArrowDown"), focus({ active: 4 }))).toEqual({ kind: "move", active: 4 });
    expect(effectOf(press("ArrowUp"), focus({ active: 0 }))).toEqual({ kind: "move", active: 0 });
    expect(effectOf(press("ArrowDown"), focus({ active: -1 }))).toEqual({
      kind: "move",
      active: 0,
    });
  });

  it("selects everything between with Shift", () => {
    expect(effectOf(press("End", { shiftKey: true }), focus({ active: 2 }))).toEqual({
      kind: "move",
      active: 4,
      selection: new Set(["a", "c", "d", "e"]),
    });
  });

  it("opens, selects, shows the menu and copies the active row", () => {
    expect(effectOf(press("Enter"), focus())).toEqual({ kind: "open", active: 1 });
    expect(effectOf(press(" "), focus())).toEqual({
      kind: "select",
      selection: new Set(["a", "b"]),
    });
    expect(effectOf(press(" "), focus({ active: 0 }))).toEqual({
      kind: "select",
      selection: new Set(),
    });
    expect(effectOf(press("F10", { shiftKey: true }), focus())).toEqual({
      kind: "menu",
      active: 1,
    });
    expect(effectOf(press("c", { ctrlKey: true }), focus())).toEqual({ kind: "copy", active: 1 });
  });

  it("selects all rows, and none", () => {
    expect(effectOf(press("a", { ctrlKey: true }), focus())).toEqual({
      kind: "select",
      selection: new Set(["a", "b", "c", "d", "e"]),
    });
    expect(effectOf(press("Escape"), focus())).toEqual({ kind: "select", selection: new Set() });
  });

  it("leaves other keys, and empty tables, alone", () => {
    expect(effectOf(press("x"), focus())).toBeNull();
    expect(effectOf(press("Enter"), focus({ active: -1 }))).toBeNull();
    expect(effectOf(press("Escape"), focus({ selection: new Set() }))).toBeNull();
    expect(effectOf(press("ArrowDown"), focus({ keys: [] }))).toBeNull();
  });
});
