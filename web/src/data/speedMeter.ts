/** How fast something grows: over the last seconds, so that the number neither jumps nor lags. */

const WINDOW_MS = 8_000;

/** Notes how far something has come, and tells its speed. */
export class SpeedMeter {
  private readonly marks: { ms: number; bytes: number }[] = [];

  constructor(private readonly now: () => number = () => performance.now()) {}

  note(bytes: number): void {
    const ms = this.now();
    this.marks.push({ ms, bytes });
    while (this.marks.length > 2 && ms - (this.marks[0]?.ms ?? ms) > WINDOW_MS) {
      this.marks.shift();
    }
  }

  /** Null until two moments are known. */
  bytesPerS(): number | null {
    const first = this.marks[0];
    const last = this.marks.at(-1);
    if (first === undefined || last === undefined || last.ms <= first.ms) {
      return null;
    }
    return (1000 * (last.bytes - first.bytes)) / (last.ms - first.ms);
  }
}

/** Seconds until the rest is there; null while nothing moves. */
export function remainingS(sent: number, total: number, bytesPerS: number | null): number | null {
  return bytesPerS === null || bytesPerS <= 0 ? null : (total - sent) / bytesPerS;
}
