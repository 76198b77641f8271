import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, type RefObject, useEffect, useId, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Sample, sampleUrl } from "./datasets";
import classes from "./GalleryGrid.module.css";
import { columnsFor, movedBy } from "./galleryLayout";
import type { SampleWindow } from "./sampleWindow";
import { Thumbnail } from "./Thumbnail";

interface GalleryGridProps {
  dataset: string;
  samples: SampleWindow;
  total: number;
  /** Width of a tile in pixels, at least. */
  tile: number;
  onRange(range: { first: number; last: number }): void;
  onOpen(index: number): void;
}

const GAP = 6;
const CAPTION = 20;
const OVERSCAN_ROWS = 3;

/** Tiles of any number of samples: only those in view are drawn. Arrow keys move, Enter opens. */
export function GalleryGrid(props: GalleryGridProps) {
  const { dataset, samples, total, tile, onRange, onOpen } = props;
  const { t } = useTranslation("data");
  const id = useId();
  const scroller = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState(0);
  const { columns, side, rows, first, last } = useTiles(scroller, tile, total);
  useEffect(() => onRange({ first, last }), [first, last, onRange]);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      onOpen(active);
      return;
    }
    const next = movedBy(event.key, active, columns, total);
    if (next !== null) {
      event.preventDefault();
      setActive(next);
      rows.scrollToIndex(Math.floor(next / columns));
    }
  };
  return (
    <div
      ref={scroller}
      className={classes.scroller}
      role="listbox"
      aria-label={t("gallery.label")}
      aria-activedescendant={`${id}${active}`}
      tabIndex={0}
      onKeyDown={onKeyDown}
    >
      <div className={classes.all} style={{ height: rows.getTotalSize() }} role="presentation">
        {rows.getVirtualItems().map((row) => (
          <div
            key={row.key}
            role="presentation"
            className={classes.row}
            style={{
              transform: `translateY(${row.start}px)`,
              gridTemplateColumns: `repeat(${columns}, ${side}px)`,
            }}
          >
            {indicesOf(row.index, columns, total).map((index) => (
              <Tile
                key={index}
                id={`${id}${index}`}
                dataset={dataset}
                sample={samples.at(index)}
                side={side}
                isActive={index === active}
                onOpen={() => {
                  setActive(index);
                  onOpen(index);
                }}
              />
            ))}
          </div>
        ))}
      </div>
    </div>
  );
}

/** How many columns there are, how large tiles are, and which are in view. */
function useTiles(scroller: RefObject<HTMLDivElement | null>, tile: number, total: number) {
  const width = useWidth(scroller);
  const columns = columnsFor(width, tile, GAP);
  const side = (width - (columns - 1) * GAP) / columns;
  const rows = useVirtualizer({
    count: Math.ceil(total / columns),
    getScrollElement: () => scroller.current,
    estimateSize: () => side + CAPTION + GAP,
    overscan: OVERSCAN_ROWS,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: heights are remembered until one says so
  useEffect(() => rows.measure(), [side]);
  const inView = rows.getVirtualItems();
  const first = (inView[0]?.index ?? 0) * columns;
  const last = ((inView.at(-1)?.index ?? 0) + 1) * columns - 1;
  return { columns, side, rows, first, last };
}

const indicesOf = (row: number, columns: number, total: number): number[] =>
  Array.from({ length: Math.min(columns, total - row * columns) }, (_, at) => row * columns + at);

interface TileProps {
  id: string;
  dataset: string;
  sample: Sample | undefined;
  side: number;
  isActive: boolean;
  onOpen(): void;
}

function Tile({ id, dataset, sample, side, isActive, onOpen }: TileProps) {
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the listbox has the keyboard
    <div
      id={id}
      role="option"
      tabIndex={-1}
      aria-selected={isActive}
      aria-label={sample ? [sample.label, sample.path].filter(Boolean).join(": ") : undefined}
      className={classes.tile}
      onClick={onOpen}
    >
      {sample === undefined ? (
        <div className={classes.blank} style={{ height: side }} />
      ) : (
        <>
          <Thumbnail src={sampleUrl(dataset, sample.number, side > 160 ? 320 : 160)} side={side} />
          <span className={classes.caption} title={sample.path}>
            {sample.label ?? sample.path.split("/").at(-1)}
          </span>
        </>
      )}
    </div>
  );
}

function useWidth(element: RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(800);
  useEffect(() => {
    const current = element.current;
    if (current === null) {
      return undefined;
    }
    const observer = new ResizeObserver(() => setWidth(current.clientWidth));
    observer.observe(current);
    setWidth(current.clientWidth);
    return () => observer.disconnect();
  }, [element]);
  return width;
}
