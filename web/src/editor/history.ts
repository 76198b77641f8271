/** Undo and redo: moments before and after the present one. Selection, runs and results are not part of it. */
import type { Moment, Step } from "./moment";

const MOST = 200;
const BURST_MS = 1_000;

export class History {
  private past: Moment[] = [];
  private future: Moment[] = [];
  private burst: { name: string; until: number } | null = null;

  constructor(private readonly now: () => number = () => performance.now()) {}

  get canUndo(): boolean {
    return this.past.length > 0;
  }

  get canRedo(): boolean {
    return this.future.length > 0;
  }

  /** Something is about to change; within a second of the last change of the same burst it is one step with it. */
  record(before: Moment, burst: string | null): void {
    const now = this.now();
    const continues = burst !== null && burst === this.burst?.name && now < this.burst.until;
    this.burst = burst === null ? null : { name: burst, until: now + BURST_MS };
    this.future = [];
    if (!continues) {
      this.past.push(before);
      this.past.splice(0, this.past.length - MOST);
    }
  }

  /** The moment to go back to, or null. */
  undo(present: Moment): Moment | null {
    return this.go(this.past, this.future, present);
  }

  /** The moment that was undone, or null. */
  redo(present: Moment): Moment | null {
    return this.go(this.future, this.past, present);
  }

  private go(from: Moment[], to: Moment[], present: Moment): Moment | null {
    this.burst = null;
    const found = from.pop() ?? null;
    if (found !== null) {
      to.push(present);
    }
    return found;
  }

  /** Forget moments that contain a step the server refused: it would refuse it again. */
  forget(refused: Step): void {
    const isFine = (moment: Moment) => !moment.steps.includes(refused);
    this.past = this.past.filter(isFine);
    this.future = this.future.filter(isFine);
    this.burst = null;
  }
}
