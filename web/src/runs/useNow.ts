import { useEffect, useState } from "react";

/** Seconds since the epoch, once a second while it goes on. */
export function useNow(goesOn: boolean): number {
  const [now, setNow] = useState(() => Date.now() / 1000);
  useEffect(() => {
    if (!goesOn) {
      return undefined;
    }
    setNow(Date.now() / 1000);
    const timer = setInterval(() => setNow(Date.now() / 1000), 1_000);
    return () => clearInterval(timer);
  }, [goesOn]);
  return now;
}
