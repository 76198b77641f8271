/** Trying again after a pause that grows with every failure. */

const FIRST_MS = 1_000;
const LAST_MS = 30_000;

export class Retry {
  private failures = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly action: () => void) {}

  /** It failed: try again later. */
  later(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(this.action, Math.min(FIRST_MS * 2 ** this.failures, LAST_MS));
    this.failures += 1;
  }

  /** It is being tried now, or never again. */
  stop(): void {
    clearTimeout(this.timer);
  }

  /** It worked: the next failure is the first again. */
  reset(): void {
    this.failures = 0;
  }
}
