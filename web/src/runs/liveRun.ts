/** Following a run while it goes on: its stream changes the cached run and the curves, ten times a second at most. */
import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { create } from "zustand";
import { BASE } from "@/api/client";
import { listen, type RunEvent } from "@/api/events";
import { extended, type Points, thinned } from "./curves";
import { afterEvents } from "./runEvents";
import { runQuery } from "./runQueries";

const BATCH_MS = 100;
const MOST_POINTS = 4_000;

/** Key of a curve: of which run, node and metric. */
export const curveKey = (run: string, node: string, name: string) => `${run}\n${node}\n${name}`;

interface LivePoints {
  /** Points that came since the page was opened. */
  points: Readonly<Record<string, Points>>;
}

export const useLivePoints = create<LivePoints>(() => ({ points: {} }));

type MetricEvent = Extract<RunEvent, { kind: "node_metrics" }>;

/** Live points with those of events behind them. */
export function withPoints(
  before: Readonly<Record<string, Points>>,
  events: readonly MetricEvent[],
): Readonly<Record<string, Points>> {
  const after: Record<string, Points> = { ...before };
  for (const { run, node, name, steps, values, times } of events) {
    const key = curveKey(run, node, name);
    const known = after[key] ?? { steps: [], values: [], times: [] };
    after[key] = thinned(extended(known, { steps, values, times }), MOST_POINTS);
  }
  return after;
}

/** Keep the cached run and its curves up to date while it is not over. */
export function useRunStream(run: string, isOver: boolean): void {
  const client = useQueryClient();
  useEffect(() => {
    if (isOver) {
      return undefined;
    }
    const { queryKey } = runQuery(run);
    let waiting: RunEvent[] = [];
    let timer: ReturnType<typeof setTimeout> | undefined;
    const carryOut = () => {
      if (client.isFetching({ queryKey, exact: true }) > 0) {
        timer = setTimeout(carryOut, BATCH_MS); // an older answer on its way would undo them
        return;
      }
      timer = undefined;
      const events = waiting;
      waiting = [];
      client.setQueryData(queryKey, (before) => before && afterEvents(before, events));
      const metrics = events.filter((event) => event.kind === "node_metrics");
      if (metrics.length > 0) {
        useLivePoints.setState(({ points }) => ({ points: withPoints(points, metrics) }));
      }
    };
    const readAnew = () => {
      void client.invalidateQueries({ queryKey });
      void client.invalidateQueries({ queryKey: ["curves", run] });
    };
    const stop = listen(`${BASE}/runs/${encodeURIComponent(run)}/events`, {
      onEvent(event) {
        waiting.push(event);
        timer ??= setTimeout(carryOut, BATCH_MS);
      },
      onGap: readAnew,
      onConnection(state) {
        if (state === "open") {
          readAnew(); // what happened between reading and listening
        }
      },
    });
    return () => {
      clearTimeout(timer);
      stop();
      readAnew(); // the server knows the whole curves now
    };
  }, [client, run, isOver]);
}
