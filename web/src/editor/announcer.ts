/** What is said to people who cannot see it: one thing after the other, each for long enough to be read out. */
import type { Reason } from "./types";

/** Screen readers start with a text soon after it appears; what replaces it at once is all they say. */
const READ_OUT_MS = 1_500;
/** Of many things at once, only the last few are still news. */
const MOST_WAITING = 4;

export class Announcer {
  private waiting: Reason[] = [];
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly show: (reason: Reason) => void) {}

  /** Say something: now, or once what is being said has been heard. Of the same kind only the newest waits. */
  say(reason: Reason): void {
    if (this.timer === undefined) {
      this.speak(reason);
      return;
    }
    const others = this.waiting.filter(({ key }) => key !== reason.key || isAboutNode(reason));
    this.waiting = [...others, reason].slice(-MOST_WAITING);
  }

  close(): void {
    clearTimeout(this.timer);
    this.waiting = [];
  }

  private speak(reason: Reason): void {
    this.show(reason);
    this.timer = setTimeout(() => {
      this.timer = undefined;
      const next = this.waiting.shift();
      if (next !== undefined) {
        this.speak(next);
      }
    }, READ_OUT_MS);
  }
}

/** Two nodes that are done are two things to say; two plans are not. */
const isAboutNode = ({ values }: Reason): boolean => Boolean(values.node);
