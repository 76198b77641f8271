/** How answers are cached and when they are asked for again. */
import { QueryClient } from "@tanstack/react-query";
import { Refusal } from "./client";

/** First parts of the keys under which answers are cached; events invalidate by them. */
export const keys = {
  session: ["session"],
  operators: ["operators"],
  portTypes: ["port-types"],
  pipelines: ["pipelines"],
  runs: ["runs"],
  datasets: ["datasets"],
  models: ["models"],
  deployments: ["deployments"],
  queue: ["queue"],
  devices: ["devices"],
  people: ["people"],
  files: ["files"],
} as const;

export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 5_000,
        // What was refused stays refused; a server that restarts is there again after some seconds.
        retry: (failures, problem) =>
          problem instanceof Refusal && problem.status > 0 ? false : failures < 4,
        refetchOnWindowFocus: true,
      },
    },
  });
}
