import { useEffect, useState } from "react";

/** Whole seconds until a moment, rounded up; 0 once it has passed. */
export function secondsUntil(untilMs: number, nowMs: number): number {
  return Math.max(0, Math.ceil((untilMs - nowMs) / 1000));
}

interface Countdown {
  secondsLeft: number;
  start(seconds: number): void;
}

/** Seconds left of a wait; it follows the clock, so a page that slept does not wait longer. */
export function useCountdown(): Countdown {
  const [untilMs, setUntilMs] = useState(0);
  const [nowMs, setNowMs] = useState(() => Date.now());
  const secondsLeft = secondsUntil(untilMs, nowMs);
  useEffect(() => {
    if (secondsLeft === 0) {
      return undefined;
    }
    const timer = setInterval(() => setNowMs(Date.now()), 250);
    return () => clearInterval(timer);
  }, [secondsLeft]);
  const start = (seconds: number) => {
    const now = Date.now();
    setNowMs(now);
    setUntilMs(now + seconds * 1000);
  };
  return { secondsLeft, start };
}
