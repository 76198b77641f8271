/** Reading a node's log from the beginning, and waiting for more while the node runs. */
import { useEffect, useState } from "react";
import { api, dataOf, Refusal, type Schemas } from "@/api/client";
import { LogLines } from "./logLines";

const PIECE_BYTES = 1 << 20;
const WAIT_S = 20;
const PAUSE_AFTER_FAILURE_MS = 2_000;

export interface FollowedLog {
  log: LogLines;
  /** Changes whenever there is more; `log` itself grows in place. */
  revision: number;
  isComplete: boolean;
  sizeBytes: number;
  problem: unknown;
}

type LogPage = Schemas["LogPage"];

/** The log of a node, growing. */
export function useLog(runId: string, node: string): FollowedLog {
  const [state, setState] = useState<FollowedLog>(() => nothingYet());
  useEffect(() => {
    const stopped = new AbortController();
    const log = new LogLines();
    setState({ ...nothingYet(), log });
    void followLog(
      { runId, node, signal: stopped.signal },
      (page) => {
        log.append(page.text);
        setState({
          log,
          revision: log.revision,
          isComplete: page.is_complete,
          sizeBytes: page.size_bytes,
          problem: null,
        });
      },
      (problem) => setState((before) => ({ ...before, problem })),
    );
    return () => stopped.abort();
  }, [runId, node]);
  return state;
}

/** A log of which nothing was read. */
export const nothingYet = (): FollowedLog => ({
  log: new LogLines(),
  revision: 0,
  isComplete: false,
  sizeBytes: 0,
  problem: null,
});

interface LogPlace {
  runId: string;
  node: string;
  signal: AbortSignal;
}

async function followLog(
  { runId, node, signal }: LogPlace,
  onPage: (page: LogPage) => void,
  onProblem: (problem: unknown) => void,
): Promise<void> {
  let offset = 0;
  while (!signal.aborted) {
    try {
      const page = await dataOf(
        api.GET("/api/v1/runs/{run}/log", {
          params: {
            path: { run: runId },
            query: { node, offset, limit_bytes: PIECE_BYTES, wait_s: WAIT_S },
          },
          signal,
        }),
      );
      if (signal.aborted) {
        return;
      }
      offset = page.next_offset;
      onPage(page);
      if (page.is_complete) {
        return;
      }
    } catch (problem) {
      if (signal.aborted) {
        return;
      }
      onProblem(problem);
      if (problem instanceof Refusal && problem.status >= 400 && problem.status < 500) {
        return;
      }
      await pause(PAUSE_AFTER_FAILURE_MS);
    }
  }
}

const pause = (ms: number) => new Promise<void>((done) => setTimeout(done, ms));

/** Where in a search one is: the hit after or before, around the ends; at none to begin with. */
export function useHit(numHits: number) {
  const [hit, setHit] = useState(-1);
  const step = (by: number) => {
    const from = hit < 0 && by < 0 ? 0 : hit;
    const after = numHits === 0 ? -1 : (from + by + numHits) % numHits;
    setHit(after);
    return after;
  };
  return { hit: Math.min(hit, numHits - 1), step, reset: () => setHit(-1) };
}
