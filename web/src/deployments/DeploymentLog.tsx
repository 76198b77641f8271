import { useEffect, useState } from "react";
import { api, dataOf, Refusal } from "@/api/client";
import { LogView } from "@/runs/LogViewer";
import { type FollowedLog, nothingYet } from "@/runs/logFollowing";
import { LogLines } from "@/runs/logLines";
import classes from "./DeploymentLog.module.css";
import type { Deployment } from "./deployments";

/** What the processes of a deployment wrote, and what happened to them. */
export function DeploymentLog({ deployment }: { deployment: Deployment }) {
  const followed = useDeploymentLog(deployment.id);
  return (
    <div className={classes.log}>
      <LogView followed={followed} fileName={`${deployment.name}.log`} />
    </div>
  );
}

const PIECE_BYTES = 256 << 10;
const PAUSE_MS = 1_500;
const PAUSE_AFTER_FAILURE_MS = 3_000;

/** The newest lines, and then what comes. */
function useDeploymentLog(deployment: string): FollowedLog {
  const [state, setState] = useState<FollowedLog>(nothingYet);
  useEffect(() => {
    const log = new LogLines();
    const stopped = new AbortController();
    let after: number | null = null;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const read = async () => {
      let pause = PAUSE_MS;
      try {
        const page = await readLog(deployment, after, stopped.signal);
        after = page.next_offset;
        log.append(page.text);
        const { revision } = log;
        setState({ log, revision, isComplete: false, sizeBytes: after, problem: null });
      } catch (problem) {
        if (stopped.signal.aborted || (problem instanceof Refusal && problem.status === 404)) {
          return;
        }
        setState((before) => ({ ...before, problem }));
        pause = PAUSE_AFTER_FAILURE_MS;
      }
      if (!stopped.signal.aborted) {
        timer = setTimeout(() => void read(), pause);
      }
    };
    void read();
    return () => {
      stopped.abort();
      clearTimeout(timer);
    };
  }, [deployment]);
  return state;
}

const readLog = (deployment: string, after: number | null, signal: AbortSignal) =>
  dataOf(
    api.GET("/api/v1/deployments/{deployment}/log", {
      params: {
        path: { deployment },
        query: { limit_bytes: PIECE_BYTES, ...(after !== null && { after }) },
      },
      signal,
    }),
  );
