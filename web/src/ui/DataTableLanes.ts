import { useVirtualizer } from "@tanstack/react-virtual";
import { type RefObject, useEffect, useMemo, useState } from "react";
import { type Column, isShown, type TableMemory, widthsOf } from "./DataTableColumns";
import type { Lane } from "./DataTableRow";

/** Columns in view, the room left of them, and the size of the whole. */
export interface Lanes<Row> {
  lanes: readonly Lane<Row>[];
  before: number;
  total: number;
  count: number;
}

/** The columns in view, with their widths. */
export function useLanes<Row>(
  scroller: RefObject<HTMLDivElement | null>,
  columns: readonly Column<Row>[],
  memory: TableMemory,
  edges: number,
): Lanes<Row> {
  const [room, setRoom] = useState(0);
  useEffect(() => {
    const element = scroller.current;
    if (element === null) {
      return undefined;
    }
    const observer = new ResizeObserver(() => setRoom(element.clientWidth));
    observer.observe(element);
    setRoom(element.clientWidth);
    return () => observer.disconnect();
  }, [scroller]);
  const all = useMemo<Lane<Row>[]>(() => {
    const shown = columns.filter((column) => isShown(column, memory));
    const widths = widthsOf(shown, memory, room - edges);
    return shown.map((column, at) => ({ column, width: widths[at] ?? 0, index: at + 1 }));
  }, [columns, memory, room, edges]);
  const virtual = useVirtualizer({
    horizontal: true,
    count: all.length,
    getScrollElement: () => scroller.current,
    estimateSize: (at) => all[at]?.width ?? 0,
    overscan: 3,
    useFlushSync: false,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: widths are remembered until one says so
  useEffect(() => virtual.measure(), [all]);
  const inView = virtual.getVirtualItems();
  const first = inView[0]?.index ?? 0;
  const last = inView.at(-1)?.index ?? -1;
  const lanes = useMemo(() => all.slice(first, last + 1), [all, first, last]);
  const widthOf = (some: Lane<Row>[]) => some.reduce((sum, lane) => sum + lane.width, 0);
  return {
    lanes,
    before: widthOf(all.slice(0, first)),
    total: widthOf(all),
    count: all.length + 1,
  };
}
