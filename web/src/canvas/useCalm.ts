import { useEffect, useState } from "react";

/** A value that follows another once that has stayed the same for a moment: not while something is dragged. */
export function useCalm<T>(value: T, pauseMs: number): T {
  const [calm, setCalm] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setCalm(value), pauseMs);
    return () => clearTimeout(timer);
  }, [value, pauseMs]);
  return calm;
}
