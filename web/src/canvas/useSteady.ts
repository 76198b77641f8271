import { useLayoutEffect, useRef, useState } from "react";

// biome-ignore lint/suspicious/noExplicitAny: the types of the functions are kept by `T`
type Handlers = Record<string, (...values: any[]) => unknown>;

/**
 * Handlers that are always the same functions and do what those of the last render would.
 *
 * React Flow draws every node and edge again when a handler is a new function.
 */
export function useSteady<T extends Handlers>(handlers: T): T {
  const latest = useRef(handlers);
  useLayoutEffect(() => {
    latest.current = handlers;
  });
  const [steady] = useState(() =>
    Object.fromEntries(
      Object.keys(handlers).map((name) => [
        name,
        (...values: unknown[]) => latest.current[name]?.(...values),
      ]),
    ),
  );
  return steady as T;
}
