/** How far a slider is open, in percent, and what keys make of it. */

const STEPS: Readonly<Record<string, number>> = {
  ArrowRight: 1,
  ArrowUp: 1,
  ArrowLeft: -1,
  ArrowDown: -1,
  PageUp: 10,
  PageDown: -10,
};
const ENDS: Readonly<Record<string, number>> = { Home: 0, End: 100 };
const LARGE_STEP = 10;

/** The share after a key; undefined if the key means something else. With shift, arrows go ten times as far. */
export function shareAfterKey(share: number, key: string, isLarge: boolean): number | undefined {
  const end = ENDS[key];
  const step = STEPS[key];
  if (end !== undefined || step === undefined) {
    return end;
  }
  const length = isLarge && Math.abs(step) === 1 ? step * LARGE_STEP : step;
  return Math.min(100, Math.max(0, Math.round(share) + length));
}
