/** What the rail counts: jobs that run, and runs that wait for a person's answer. */
import { useQuery } from "@tanstack/react-query";
import { api, dataOf } from "@/api/client";
import { keys } from "@/api/queries";
import { queueQuery } from "@/queue/queueQueries";

export interface RailCounts {
  runningJobs: number;
  waitingRuns: number;
}

export function useRailCounts(): RailCounts {
  const queue = useQuery(queueQuery);
  const waiting = useQuery({
    queryKey: [...keys.runs, "number waiting"],
    queryFn: () =>
      dataOf(api.GET("/api/v1/runs", { params: { query: { state: ["waiting"], limit: 1 } } })),
  });
  return {
    runningJobs: queue.data?.jobs.filter((job) => job.state === "running").length ?? 0,
    waitingRuns: waiting.data?.total ?? 0,
  };
}
