import { queryOptions } from "@tanstack/react-query";
import { api, dataOf } from "@/api/client";
import { keys } from "@/api/queries";

/** Versions of a pipeline; `newest` is in the key so that a version just kept is seen. */
export const versionsQuery = (pipeline: string, newest: number) =>
  queryOptions({
    queryKey: [...keys.pipelines, pipeline, "versions", newest],
    queryFn: () =>
      dataOf(api.GET("/api/v1/pipelines/{pipeline}/versions", { params: { path: { pipeline } } })),
  });

/** A version; it never changes. */
export const versionQuery = (pipeline: string, number: number) =>
  queryOptions({
    queryKey: [...keys.pipelines, pipeline, "version", number],
    queryFn: () =>
      dataOf(
        api.GET("/api/v1/pipelines/{pipeline}/versions/{number}", {
          params: { path: { pipeline, number } },
        }),
      ),
    staleTime: Number.POSITIVE_INFINITY,
  });

/** A version or the draft. */
export type Side = number | "draft";

/** What differs between two versions, or a version and the draft at a revision. */
export const differenceQuery = (
  pipeline: string,
  { before, after, revision }: { before: number; after: Side; revision: number },
) =>
  queryOptions({
    queryKey: [...keys.pipelines, pipeline, "diff", before, after, revision],
    queryFn: () =>
      dataOf(
        api.GET("/api/v1/pipelines/{pipeline}/diff", {
          params: { path: { pipeline }, query: { before, after } },
        }),
      ),
  });
