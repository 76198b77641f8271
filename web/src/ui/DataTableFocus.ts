import type { Virtualizer } from "@tanstack/react-virtual";
import {
  type KeyboardEvent,
  type MouseEvent,
  type RefObject,
  useMemo,
  useRef,
  useState,
} from "react";
import type { RowAction } from "./DataTableColumns";
import { effectOf, type KeyEffect, toggled } from "./DataTableKeys";
import type { OpenMenu } from "./DataTableMenu";
import type { RowListener } from "./DataTableRow";

interface FocusedTable<Row> {
  rows: readonly Row[];
  rowKey(row: Row): string;
  onOpen?(row: Row): void;
  selection?: ReadonlySet<string>;
  onSelectionChange?(selection: ReadonlySet<string>): void;
  actions?(row: Row): readonly RowAction[];
  virtual: Virtualizer<HTMLDivElement, Element>;
  scroller: RefObject<HTMLDivElement | null>;
  rowHeight: number;
}

const NOTHING: ReadonlySet<string> = new Set();

/** Which row is active, what keys and the mouse do to rows, and the menu that is open. */
export function useTableFocus<Row>(table: FocusedTable<Row>) {
  const [active, setActive] = useState(-1);
  const [menu, setMenu] = useState<OpenMenu | null>(null);
  const latest = useRef({ table, active });
  latest.current = { table, active };
  const listener = useMemo(() => createListener(() => latest.current, setActive, setMenu), []);
  const bounded = Math.min(active, table.rows.length - 1);
  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>) => {
    if (event.target !== event.currentTarget) {
      return; // a key for a button in the table
    }
    const effect = effectOf(
      { key: event.key, shiftKey: event.shiftKey, ctrlKey: event.ctrlKey || event.metaKey },
      {
        keys: table.rows.map(table.rowKey),
        active: bounded,
        selection: table.selection ?? NOTHING,
        pageRows: Math.floor((table.scroller.current?.clientHeight ?? 0) / table.rowHeight),
      },
    );
    if (effect !== null) {
      event.preventDefault();
      carryOut(effect, table, listener, setActive);
    }
  };
  return {
    active: bounded,
    menu,
    listener,
    onKeyDown,
    closeMenu: () => {
      setMenu(null);
      table.scroller.current?.focus({ preventScroll: true });
    },
    onFocus: (event: { target: EventTarget; currentTarget: EventTarget }) => {
      if (event.target === event.currentTarget && active < 0 && table.rows.length > 0) {
        setActive(0);
      }
    },
  };
}

function carryOut<Row>(
  effect: KeyEffect,
  table: FocusedTable<Row>,
  listener: RowListener,
  setActive: (index: number) => void,
) {
  switch (effect.kind) {
    case "move":
      setActive(effect.active);
      table.virtual.scrollToIndex(effect.active, { align: "auto" });
      if (effect.selection) {
        table.onSelectionChange?.(effect.selection);
      }
      break;
    case "open":
      listener.onOpen(effect.active);
      break;
    case "select":
      table.onSelectionChange?.(effect.selection);
      break;
    case "copy": {
      const row = table.rows[effect.active];
      if (row !== undefined) {
        void navigator.clipboard?.writeText(table.rowKey(row));
      }
      break;
    }
    case "menu": {
      const place = table.scroller.current
        ?.querySelector(`[aria-rowindex="${effect.active + 2}"]`)
        ?.getBoundingClientRect();
      listener.onMenu(effect.active, (place?.left ?? 0) + 48, place?.bottom ?? 0);
    }
  }
}

function createListener<Row>(
  latest: () => { table: FocusedTable<Row>; active: number },
  setActive: (index: number) => void,
  setMenu: (menu: OpenMenu | null) => void,
): RowListener {
  const open = (index: number) => {
    const { table } = latest();
    const row = table.rows[index];
    if (row !== undefined) {
      table.onOpen?.(row);
    }
  };
  return {
    onOpen: open,
    onPress(index, event) {
      setActive(index);
      if (event.target instanceof Element && event.target.closest("a, button") !== null) {
        return; // links and buttons in a cell know what to do
      }
      if (event.ctrlKey || event.metaKey || event.shiftKey) {
        this.onToggle(index, event);
      } else if (window.getSelection()?.isCollapsed !== false) {
        open(index); // not while text is being marked
      }
    },
    onToggle(index, event: MouseEvent) {
      const { table, active } = latest();
      setActive(index);
      table.onSelectionChange?.(afterToggle(table, active, index, event.shiftKey));
    },
    onMenu(index, x, y) {
      const { table } = latest();
      const row = table.rows[index];
      const actions = row === undefined ? [] : (table.actions?.(row) ?? []);
      setActive(index);
      setMenu(actions.length === 0 ? null : { x, y, actions });
    },
  };
}

function afterToggle<Row>(
  { rows, rowKey, selection = NOTHING }: FocusedTable<Row>,
  active: number,
  index: number,
  isSpan: boolean,
): ReadonlySet<string> {
  const row = rows[index];
  if (row === undefined) {
    return selection;
  }
  if (!isSpan || active < 0) {
    return toggled(selection, rowKey(row));
  }
  const span = rows.slice(Math.min(active, index), Math.max(active, index) + 1);
  return new Set([...selection, ...span.map(rowKey)]);
}
