import type { Virtualizer } from "@tanstack/react-virtual";
import { type ClipboardEvent, type KeyboardEvent, type MouseEvent, useState } from "react";
import { type Cell, movedBy, type Selection, selectedCells, wholeGrid } from "./gridSelection";
import { separatedText, type TableColumn } from "./tableLook";

interface Grid {
  rows: readonly (readonly unknown[])[];
  columns: readonly TableColumn[];
  across: Virtualizer<HTMLDivElement, Element>;
  down: Virtualizer<HTMLDivElement, Element>;
}

/** Select cells with mouse and keys, and copy them. */
export function useGridSelection({ rows, columns, across, down }: Grid) {
  const [chosen, choose] = useState<{ of: Grid["columns"]; selection: Selection } | null>(null);
  // Other columns: what was selected is somewhere else now.
  const selection = chosen?.of === columns ? chosen.selection : null;
  const size = { rows: rows.length, columns: columns.length };
  const select = (next: Selection) => {
    choose({ of: columns, selection: next });
    across.scrollToIndex(next.focus.column);
    down.scrollToIndex(next.focus.row);
  };

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.target !== event.currentTarget || size.rows === 0 || size.columns === 0) {
      return; // a button in the head
    }
    const whole = event.ctrlKey || event.metaKey;
    if (whole && event.key.toLowerCase() === "a") {
      event.preventDefault();
      choose({ of: columns, selection: wholeGrid(size) });
      return;
    }
    const start = { anchor: { row: 0, column: 0 }, focus: { row: 0, column: 0 } };
    const next = movedBy(event.key, selection ?? start, size, { extends: event.shiftKey, whole });
    if (next !== null) {
      event.preventDefault();
      event.stopPropagation();
      select(selection === null ? start : next);
    }
  };

  const onMouseDown = (event: MouseEvent) => {
    const cell = cellAt(event.target);
    if (cell !== null && event.button === 0) {
      const isExtending = event.shiftKey && selection !== null;
      choose({
        of: columns,
        selection: { anchor: isExtending ? selection.anchor : cell, focus: cell },
      });
    }
  };

  const onMouseMove = (event: MouseEvent) => {
    const cell = event.buttons === 1 && selection !== null ? cellAt(event.target) : null;
    if (cell !== null && selection !== null) {
      choose({ of: columns, selection: { ...selection, focus: cell } });
    }
  };

  const onCopy = (event: ClipboardEvent) => {
    if (selection !== null) {
      event.preventDefault();
      event.stopPropagation();
      event.clipboardData.setData("text/plain", separatedText(selectedCells(rows, selection)));
    }
  };
  return { selection, handlers: { onKeyDown, onMouseDown, onMouseMove, onCopy } };
}

/** The cell that something belongs to. */
function cellAt(target: EventTarget): Cell | null {
  const element = target instanceof Element ? target.closest<HTMLElement>("[data-column]") : null;
  return element === null
    ? null
    : { row: Number(element.dataset.row), column: Number(element.dataset.column) };
}
