/** Where tiles of a gallery are, and where keys lead. */

/** How many columns of at least `tile` pixels fit. */
export function columnsFor(width: number, tile: number, gap: number): number {
  return Math.max(1, Math.floor((width + gap) / (tile + gap)));
}

const PAGE_ROWS = 4;

/** The tile that a key leads to; null if it leads nowhere. */
export function movedBy(key: string, index: number, columns: number, total: number): number | null {
  const steps: Record<string, number> = {
    ArrowRight: 1,
    ArrowLeft: -1,
    ArrowDown: columns,
    ArrowUp: -columns,
    PageDown: PAGE_ROWS * columns,
    PageUp: -PAGE_ROWS * columns,
    Home: -index,
    End: total - 1 - index,
  };
  const step = steps[key];
  if (step === undefined || total === 0) {
    return null;
  }
  const next = index + step;
  // Up and down stay in their column: past the edge they do not move.
  if (next < 0 || next >= total) {
    return key.startsWith("Page") ? Math.min(Math.max(next, 0), total - 1) : index;
  }
  return next;
}
