/** Questions to the server about runs, cached under `keys.runs`. */
import { keepPreviousData, queryOptions, useInfiniteQuery } from "@tanstack/react-query";
import { useCallback, useMemo } from "react";
import { api, dataOf, type Schemas } from "@/api/client";
import { keys } from "@/api/queries";
import type { RunFilters } from "./runFilters";

export type Run = Schemas["Run"];
export type RunNode = Schemas["RunNode"];
export type RunSummary = Schemas["RunSummary"];
export type Capsule = Schemas["Capsule"];

const PAGE_ROWS = 250;

/** The table of runs, read page by page. */
export function useRunTable(filters: RunFilters) {
  const query = useInfiniteQuery({
    queryKey: [...keys.runs, "table", filters],
    initialPageParam: 0,
    queryFn: ({ pageParam, signal }) =>
      dataOf(
        api.GET("/api/v1/runs", {
          params: {
            query: {
              text: filters.text,
              pipeline: filters.pipeline,
              state: [...filters.states],
              owner: filters.owner,
              scratch: filters.scratch,
              sort: filters.sort.column,
              order: filters.sort.order,
              limit: PAGE_ROWS,
              offset: pageParam,
            },
          },
          signal,
        }),
      ),
    getNextPageParam: (last, pages) => {
      const read = pages.reduce((sum, page) => sum + page.runs.length, 0);
      return last.runs.length > 0 && read < last.total ? read : undefined;
    },
    placeholderData: keepPreviousData,
  });
  const { data, hasNextPage, isFetchingNextPage, fetchNextPage } = query;
  const rows = useMemo(() => data?.pages.flatMap((page) => page.runs) ?? [], [data]);
  const more = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) {
      void fetchNextPage();
    }
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  return { query, rows, total: data?.pages[0]?.total ?? 0, more };
}

/** One run with its graph and nodes. Kept up to date by its stream. */
export const runQuery = (run: string) =>
  queryOptions({
    queryKey: [...keys.runs, run],
    queryFn: () => dataOf(api.GET("/api/v1/runs/{run}", { params: { path: { run } } })),
  });

/** What a run wrote down when it was submitted; it never changes, what is said of this machine may. */
export const capsuleQuery = (run: string) =>
  queryOptions({
    queryKey: ["capsules", run],
    queryFn: () => dataOf(api.GET("/api/v1/runs/{run}/capsule", { params: { path: { run } } })),
    staleTime: 60_000,
  });

/** Files in a run's folder. */
export const filesQuery = (run: string) =>
  queryOptions({
    queryKey: [...keys.runs, run, "files"],
    queryFn: () => dataOf(api.GET("/api/v1/runs/{run}/files", { params: { path: { run } } })),
  });

/** Of which files an output consists. Artifacts never change. */
export const artifactQuery = (run: string, artifact: string) =>
  queryOptions({
    queryKey: ["artifacts", run, artifact],
    queryFn: () =>
      dataOf(
        api.GET("/api/v1/runs/{run}/artifacts/{artifact}", { params: { path: { run, artifact } } }),
      ),
    staleTime: Number.POSITIVE_INFINITY,
  });

/** What differs between two runs. */
export const comparisonQuery = (first: string, second: string) =>
  queryOptions({
    queryKey: [...keys.runs, first, "comparison", second],
    queryFn: () =>
      dataOf(
        api.GET("/api/v1/runs/{run}/comparison", {
          params: { path: { run: first }, query: { with: second } },
        }),
      ),
  });
