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
    const invalidate = (...known: readonly (readonly string[])[]) => {
      for (const queryKey of known) {
        void client.invalidateQueries({ queryKey });
      }
    };
    const ofRuns = pausing(() => invalidate(keys.runs, keys.queue, keys.devices, keys.models));
    const ofDeployments = pausing(() => invalidate(keys.deployments));
    const refresh = () => {
      ofRuns.call();
      ofDeployments.call();
    };
    const stop = listen(`${BASE}/events`, {
      onEvent(event) {
        if (event.kind === "run_changed" || event.kind === "node_changed") {
          ofRuns.call();
        }
      },
      onDeployment: ofDeployments.call,
      onGap: refresh,
      onConnection: (state) => {
        useConnection.setState({ state });
        if (state === "open") {
          refresh();
        }
      },
    });
    return () => {
      ofRuns.stop();
      ofDeployments.stop();
      stop();
    };
  }, [client]);
}

/** A call that is carried out once after a pause, however often it is asked for meanwhile. */
function pausing(call: () => void): { call(): void; stop(): void } {
  let pending: ReturnType<typeof setTimeout> | undefined;
  return {
    call: () => {
      pending ??= setTimeout(() => {
        pending = undefined;
        call();
      }, PAUSE_MS);
    },
    stop: () => clearTimeout(pending),
  };
}
