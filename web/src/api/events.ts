/**
 * Streams of what happens (`GET /events`, `GET /runs/{id}/events`).
 *
 * `EventSource` reconnects and repeats by itself; we add typed events and news of the connection.
 */
import type { Schemas } from "./client";

export type RunEvent = Schemas["RunEvent"];
export type Connection = "connecting" | "open" | "lost";

const KINDS = [
  "run_changed",
  "node_changed",
  "node_noted",
  "node_progressed",
  "node_metrics",
] as const;

export interface StreamListener {
  onEvent(event: RunEvent): void;
  /** The server left news out: read again what is shown. Also after each reconnection that may have lost some. */
  onGap?(): void;
  onConnection?(state: Connection): void;
}

/** Listen until the returned function is called. */
export function listen(path: string, listener: StreamListener): () => void {
  let source: EventSource | null = null;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let wasLost = false;

  const open = () => {
    listener.onConnection?.("connecting");
    source = new EventSource(path);
    source.onopen = () => {
      listener.onConnection?.("open");
      if (wasLost) {
        wasLost = false;
        listener.onGap?.(); // progress and metrics of the meantime are not repeated
      }
    };
    source.onerror = () => {
      wasLost = true;
      listener.onConnection?.("lost");
      if (source?.readyState === EventSource.CLOSED) {
        retry = setTimeout(open, 2_000); // refused for now: the server starts, say
      }
    };
    source.addEventListener("lagged", () => listener.onGap?.());
    for (const kind of KINDS) {
      source.addEventListener(kind, (message) =>
        listener.onEvent(JSON.parse((message as MessageEvent<string>).data) as RunEvent),
      );
    }
  };

  open();
  return () => {
    clearTimeout(retry);
    source?.close();
  };
}
