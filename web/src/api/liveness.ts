/** One stream for the whole workbench: it says which cached answers are out of date. */
import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { create } from "zustand";
import { BASE } from "./client";
import { type Connection, listen } from "./events";
import { keys } from "./queries";

export const useConnection = create<{ state: Connection }>(() => ({ state: "connecting" }));

/** Refresh lists at most this often while much happens. */
const PAUSE_MS = 500;

export function useLiveAnswers(): void {
  const client = useQueryClient();
  useEffect(() => {
    let pending: ReturnType<typeof setTimeout> | undefined;
    const refresh = () => {
      pending ??= setTimeout(() => {
        pending = undefined;
        for (const queryKey of [keys.runs, keys.queue, keys.devices, keys.models]) {
          void client.invalidateQueries({ queryKey });
        }
      }, PAUSE_MS);
    };
    const stop = listen(`${BASE}/events`, {
      onEvent(event) {
        if (event.kind === "run_changed" || event.kind === "node_changed") {
          refresh();
        }
      },
      onGap: refresh,
      onConnection: (state) => {
        useConnection.setState({ state });
        if (state === "open") {
          refresh();
        }
      },
    });
    return () => {
      clearTimeout(pending);
      stop();
    };
  }, [client]);
}
