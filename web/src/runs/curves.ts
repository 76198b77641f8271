/** Curves: points of metrics, put on one axis, joined to what a plot needs, and thinned while they grow. */

/** One metric of one run, as the chart draws it. */
export interface CurveSeries {
  /** Stable: decides over colour order, hiding, updating. */
  id: string;
  label: string;
  steps: readonly number[];
  /** Null where the value is not a number. */
  values: readonly (number | null)[];
  /** Seconds since the epoch. */
  times: readonly number[];
  /** Epoch at each step, where the node logged one. */
  epochs?: readonly (number | null)[] | undefined;
  /** From where relative time counts; the first point if not given. */
  startedAt?: number | undefined;
}

export type CurveAxis = "step" | "epoch" | "relative" | "wall";

/** A part of the axis. */
export interface CurveRange {
  from: number;
  to: number;
}

/** Where a series' points are on an axis. */
export function positions(series: CurveSeries, axis: CurveAxis): readonly (number | null)[] {
  switch (axis) {
    case "step":
      return series.steps;
    case "epoch":
      return series.epochs ?? series.steps.map(() => null);
    case "wall":
      return series.times;
    case "relative": {
      const start = series.startedAt ?? series.times[0] ?? 0;
      return series.times.map((time) => time - start);
    }
  }
}

/** Points in the order of the axis; later ones win where several have the same position. */
export interface Placed {
  xs: number[];
  ys: (number | null)[];
}

/** A series on an axis. Points without a position are left out; `keep` says which values can be drawn. */
export function placed(
  series: CurveSeries,
  axis: CurveAxis,
  keep: (value: number) => boolean = () => true,
): Placed {
  const at = positions(series, axis);
  const xs: number[] = [];
  const ys: (number | null)[] = [];
  for (let place = 0; place < at.length; place += 1) {
    const x = at[place];
    if (x === null || x === undefined || x < (xs.at(-1) ?? Number.NEGATIVE_INFINITY)) {
      continue;
    }
    const value = series.values[place] ?? null;
    const y = value !== null && keep(value) ? value : null;
    if (x === xs.at(-1)) {
      ys[ys.length - 1] = y;
    } else {
      xs.push(x);
      ys.push(y);
    }
  }
  return { xs, ys };
}

/**
 * Columns for a plot: all positions once, and for each series its values there.
 *
 * `undefined` where a series has no point (the line goes on), null where it has one that is no number (a gap).
 */
export function aligned(series: readonly Placed[]): [number[], ...(number | null | undefined)[][]] {
  const all = new Set<number>();
  for (const { xs } of series) {
    for (const x of xs) {
      all.add(x);
    }
  }
  const axis = Float64Array.from(all).sort();
  const columns = series.map(({ xs, ys }) => {
    if (xs.length === axis.length) {
      return ys;
    }
    const column = new Array<number | null | undefined>(axis.length).fill(undefined);
    let at = 0;
    for (let place = 0; place < xs.length; place += 1) {
      while ((axis[at] as number) < (xs[place] as number)) {
        at += 1;
      }
      column[at] = ys[place];
    }
    return column;
  });
  return [Array.from(axis), ...columns];
}

/** The value of a placed series at the point nearest to `x`; undefined if it has none. */
export function valueNear({ xs, ys }: Placed, x: number): number | null | undefined {
  let low = 0;
  let high = xs.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((xs[middle] as number) < x) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  const before = xs[low - 1];
  const isBefore = before !== undefined && x - before < (xs[low] ?? before) - x;
  return ys[isBefore ? low - 1 : low];
}

/** What a table says of a curve. */
export interface CurveSummary {
  last: number | null;
  min: number | null;
  max: number | null;
}

export function summaryOf(values: readonly (number | null)[]): CurveSummary {
  const summary: CurveSummary = { last: null, min: null, max: null };
  for (const value of values) {
    if (value !== null) {
      summary.last = value;
      summary.min = summary.min === null || value < summary.min ? value : summary.min;
      summary.max = summary.max === null || value > summary.max ? value : summary.max;
    }
  }
  return summary;
}

/** Points of a metric, in parallel columns. */
export interface Points {
  steps: number[];
  values: (number | null)[];
  times: number[];
}

/**
 * Points with news behind them. Where the news repeat steps (work went on from a checkpoint), the news win.
 */
export function extended(points: Points, news: Points): Points {
  const first = news.steps[0];
  if (first === undefined) {
    return points;
  }
  let kept = points.steps.length;
  while (kept > 0 && (points.steps[kept - 1] as number) >= first) {
    kept -= 1;
  }
  const joined = <T>(before: T[], after: T[]) => before.slice(0, kept).concat(after);
  return {
    steps: joined(points.steps, news.steps),
    values: joined(points.values, news.values),
    times: joined(points.times, news.times),
  };
}

/** At most about `most` points with the same look: of each bucket the smallest and the largest are kept. */
export function thinned(points: Points, most: number): Points {
  const count = points.steps.length;
  if (count <= most) {
    return points;
  }
  const size = Math.ceil(count / Math.max((most - 2) >> 1, 1));
  const kept = [0];
  for (let begin = 1; begin < count - 1; begin += size) {
    kept.push(...extremesOf(points.values, begin, Math.min(begin + size, count - 1)));
  }
  kept.push(count - 1);
  const pick = <T>(column: T[]) => kept.map((place) => column[place] as T);
  return { steps: pick(points.steps), values: pick(points.values), times: pick(points.times) };
}

function extremesOf(values: readonly (number | null)[], begin: number, end: number): number[] {
  let lowest = begin;
  let highest = begin;
  for (let place = begin; place < end; place += 1) {
    const value = values[place] ?? null;
    const low = values[lowest] ?? null;
    const high = values[highest] ?? null;
    if (value !== null && (low === null || value < low)) {
      lowest = place;
    }
    if (value !== null && (high === null || value > high)) {
      highest = place;
    }
  }
  if (lowest === highest) {
    return [lowest];
  }
  return lowest < highest ? [lowest, highest] : [highest, lowest];
}
