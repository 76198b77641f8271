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
  /** What is served on the server's machine changed. */
  onDeployment?(): void;
  /** The server left news out: read again what is shown. */
  onGap?(): void;
  /** `open`, also when the connection is back: from now on nothing is missed. What happened before has to be read. */
  onConnection?(state: Connection): void;
}

/** A browser keeps six connections to a server: pages that nobody sees give theirs back after a while. */
const HIDDEN_MS = 20_000;

/** A stream can be told by no header in which language the page is. */
function inOurLanguage(path: string): string {
  const query = new URLSearchParams({ lang: document.documentElement.lang || "en" });
  return `${path}?${query}`;
}

/** Listen until the returned function is called. */
export function listen(path: string, listener: StreamListener): () => void {
  let source: EventSource | null = null;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let rest: ReturnType<typeof setTimeout> | undefined;

  const open = () => {
    listener.onConnection?.("connecting");
    source = new EventSource(inOurLanguage(path));
    source.addEventListener("hello", () => listener.onConnection?.("open"));
    source.onerror = () => {
      listener.onConnection?.("lost");
      if (source?.readyState === EventSource.CLOSED) {
        retry = setTimeout(open, 2_000); // refused for now: the server starts, say
      }
    };
    source.addEventListener("lagged", () => listener.onGap?.());
    source.addEventListener("deployment_changed", () => listener.onDeployment?.());
    for (const kind of KINDS) {
      source.addEventListener(kind, (message) =>
        listener.onEvent(JSON.parse((message as MessageEvent<string>).data) as RunEvent),
      );
    }
  };

  const close = () => {
    clearTimeout(retry);
    source?.close();
    source = null;
  };

  const onVisibility = () => {
    clearTimeout(rest);
    if (document.hidden) {
      rest = setTimeout(close, HIDDEN_MS);
    } else if (source === null) {
      open();
    }
  };

  open();
  document.addEventListener("visibilitychange", onVisibility);
  return () => {
    document.removeEventListener("visibilitychange", onVisibility);
    clearTimeout(rest);
    close();
  };
}
