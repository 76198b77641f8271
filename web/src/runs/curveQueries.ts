/** Reading curves: all of each thinned out, and finer points of the part in view. */
import { queryOptions, useQueries } from "@tanstack/react-query";
import { useMemo } from "react";
import { api, dataOf, type Schemas } from "@/api/client";
import { type CurveAxis, type CurveRange, type CurveSeries, extended, positions } from "./curves";
import { curveKey, useLivePoints } from "./liveRun";

type MetricCurve = Schemas["MetricCurve"];

/** A metric of a node in a run, under a name for people. */
export interface CurveSource {
  run: string;
  node: string;
  name: string;
  label: string;
  startedAt: number | null;
}

/** First and last step. */
export interface StepRange {
  first: number;
  last: number;
}

const MOST_POINTS = 2_000;

const curveQuery = ({ run, node, name }: CurveSource, part: StepRange | null) =>
  queryOptions({
    queryKey: ["curves", run, node, name, part],
    queryFn: ({ signal }) =>
      dataOf(
        api.GET("/api/v1/runs/{run}/metrics/curve", {
          params: {
            path: { run },
            query: {
              node,
              name,
              max_points: MOST_POINTS,
              ...(part && { from_step: part.first, to_step: part.last }),
            },
          },
          signal,
        }),
      ),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: part === null ? undefined : 60_000,
  });

/** The curves of sources as the chart draws them; null until all of them have been read. */
export function useCurves(
  sources: readonly CurveSource[],
  axis: CurveAxis,
  range: CurveRange | null,
): { series: readonly CurveSeries[] | null; problem: unknown } {
  const whole = useQueries({
    queries: sources.map((source) => curveQuery(source, null)),
    combine: combined,
  });
  const live = useLivePoints((state) => state.points);
  const parts = sources.map((source, at) => {
    const curve = whole.curves[at];
    return curve === undefined || range === null || curve.num_points <= curve.steps.length
      ? null
      : stepsWithin(seriesOf(source, curve), axis, range);
  });
  const fine = useQueries({
    queries: sources.map((source, at) => ({
      ...curveQuery(source, parts[at] ?? null),
      enabled: parts[at] != null,
    })),
    combine: combined,
  });
  const series = useMemo(() => {
    if (whole.isPending) {
      return null;
    }
    return sources.map((source, at) => {
      const curve = whole.curves[at];
      const finer = fine.curves[at];
      const news = live[curveKey(source.run, source.node, source.name)];
      const known = curve
        ? seriesOf(source, finer ? refined(curve, finer) : curve)
        : seriesOf(source, NOTHING);
      return news === undefined ? known : { ...known, ...extended(copied(known), news) };
    });
  }, [sources, whole, fine, live]);
  return { series, problem: whole.problem };
}

const NOTHING = { steps: [], values: [], times: [] };

const copied = ({ steps, values, times }: CurveSeries) => ({
  steps: [...steps],
  values: [...values],
  times: [...times],
});

interface Combined {
  curves: readonly (MetricCurve | undefined)[];
  isPending: boolean;
  problem: unknown;
}

function combined(
  results: { data?: MetricCurve | undefined; isPending: boolean; error: unknown }[],
): Combined {
  return {
    curves: results.map(({ data }) => data),
    isPending: results.some(({ isPending, error }) => isPending && error === null),
    problem: results.find(({ error }) => error !== null)?.error ?? null,
  };
}

function seriesOf(
  source: CurveSource,
  points: Pick<MetricCurve, "steps" | "values" | "times">,
): CurveSeries {
  return {
    id: curveKey(source.run, source.node, source.name),
    label: source.label,
    steps: points.steps,
    values: points.values,
    times: points.times,
    startedAt: source.startedAt ?? undefined,
  };
}

/** The steps of a series that lie in a part of an axis, and one more on each side; null if none do. */
export function stepsWithin(
  series: CurveSeries,
  axis: CurveAxis,
  { from, to }: CurveRange,
): StepRange | null {
  const at = positions(series, axis);
  let first = -1;
  let last = -1;
  at.forEach((position, place) => {
    if (position !== null && position >= from && position <= to) {
      first = first < 0 ? place : first;
      last = place;
    }
  });
  if (first < 0) {
    return null;
  }
  const before = series.steps[Math.max(first - 1, 0)];
  const after = series.steps[Math.min(last + 1, series.steps.length - 1)];
  return before === undefined || after === undefined ? null : { first: before, last: after };
}

/** A curve with finer points in a part of it. */
export function refined<C extends Pick<MetricCurve, "steps" | "values" | "times">>(
  curve: C,
  finer: Pick<MetricCurve, "steps" | "values" | "times">,
): Pick<MetricCurve, "steps" | "values" | "times"> {
  const first = finer.steps[0];
  const last = finer.steps.at(-1);
  if (first === undefined || last === undefined) {
    return curve;
  }
  const begin = curve.steps.findIndex((step) => step >= first);
  const behind = curve.steps.findIndex((step) => step > last);
  const head = begin < 0 ? curve.steps.length : begin;
  const tail = behind < 0 ? curve.steps.length : behind;
  const around = <T>(all: readonly T[], part: readonly T[]) => [
    ...all.slice(0, head),
    ...part,
    ...all.slice(tail),
  ];
  return {
    steps: around(curve.steps, finer.steps),
    values: around(curve.values, finer.values),
    times: around(curve.times, finer.times),
  };
}
