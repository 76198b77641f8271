import { act, renderHook } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { secondsUntil, useCountdown } from "./countdown";

describe("secondsUntil", () => {
  it.each([
    [10_000, 7_500, 3],
    [10_000, 9_999, 1],
    [10_000, 10_000, 0],
    [10_000, 60_000, 0],
  ])("from %i at %i is %i", (until, now, seconds) => {
    expect(secondsUntil(until, now)).toBe(seconds);
  });
});

describe("useCountdown", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("counts down to nothing and can start again", () => {
    const { result } = renderHook(useCountdown);
    expect(result.current.secondsLeft).toBe(0);
    act(() => result.current.start(2));
    expect(result.current.secondsLeft).toBe(2);
    act(() => vi.advanceTimersByTime(1_100));
    expect(result.current.secondsLeft).toBe(1);
    act(() => vi.advanceTimersByTime(1_100));
    expect(result.current.secondsLeft).toBe(0);
    act(() => result.current.start(5));
    expect(result.current.secondsLeft).toBe(5);
  });
});
