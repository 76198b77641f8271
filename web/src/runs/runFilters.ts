/** What the table of runs shows, as values of its address: a link shows others the same. */
import { useCallback, useMemo } from "react";
import { useSearchParams } from "react-router";
import type { Sort } from "@/ui/DataTable";
import type { RunState } from "@/ui/states";

export type ScratchChoice = "without" | "with" | "only";

export interface RunFilters {
  text: string;
  pipeline: string | null;
  states: readonly RunState[];
  owner: string | null;
  scratch: ScratchChoice;
  /** A column of the server: `created`, `duration`, `metric:fit.loss` … */
  sort: Sort;
}

/** States that a run (not a node) can have. */
export const RUN_STATES: readonly RunState[] = [
  "queued",
  "running",
  "waiting",
  "succeeded",
  "failed",
  "cancelled",
];

const SCRATCH: readonly ScratchChoice[] = ["without", "with", "only"];
export const USUAL_SORT: Sort = { column: "created", order: "descending" };

/** Filters of an address; what does not make sense counts as absent. */
export function filtersOf(params: URLSearchParams): RunFilters {
  const states = params.getAll("state");
  const scratch = SCRATCH.find((choice) => choice === params.get("scratch"));
  return {
    text: params.get("text") ?? "",
    pipeline: params.get("pipeline") || null,
    states: RUN_STATES.filter((state) => states.includes(state)),
    owner: params.get("owner") || null,
    scratch: scratch ?? "without",
    sort: {
      column: params.get("sort") || USUAL_SORT.column,
      order: params.get("order") === "ascending" ? "ascending" : "descending",
    },
  };
}

/** The address of filters; what is usual is left out. */
export function paramsOf(filters: RunFilters): URLSearchParams {
  const params = new URLSearchParams();
  const put = (name: string, value: string | null, usual = "") => {
    if (value !== null && value !== usual) {
      params.set(name, value);
    }
  };
  put("text", filters.text);
  put("pipeline", filters.pipeline);
  for (const state of filters.states) {
    params.append("state", state);
  }
  put("owner", filters.owner);
  put("scratch", filters.scratch, "without");
  put("sort", filters.sort.column, USUAL_SORT.column);
  put("order", filters.sort.order, "descending");
  return params;
}

/** Whether anything narrows the table down. */
export function isNarrowed({ text, pipeline, states, owner, scratch }: RunFilters): boolean {
  return (
    text !== "" || pipeline !== null || states.length > 0 || owner !== null || scratch === "only"
  );
}

/** The filters in the address, and how to change some of them. */
export function useRunFilters(): [RunFilters, (change: Partial<RunFilters>) => void] {
  const [params, setParams] = useSearchParams();
  const filters = useMemo(() => filtersOf(params), [params]);
  const change = useCallback(
    (some: Partial<RunFilters>) =>
      setParams((before) => paramsOf({ ...filtersOf(before), ...some }), { replace: true }),
    [setParams],
  );
  return [filters, change];
}
