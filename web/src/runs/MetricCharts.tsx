import { useDebouncedValue } from "@mantine/hooks";
import { IconChartLine } from "@tabler/icons-react";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { EmptyState } from "@/ui/EmptyState";
import { formatNumber } from "@/ui/formatting";
import { Loading } from "@/ui/Loading";
import { ProblemNotice } from "@/ui/ProblemNotice";
import { CurveChart } from "./CurveChart";
import { CurveToolbar } from "./CurveToolbar";
import { type CurveOptions, USUAL_OPTIONS } from "./curveOptions";
import { type CurveSource, useCurves } from "./curveQueries";
import type { CurveRange, CurveSeries } from "./curves";
import classes from "./MetricCharts.module.css";

const ZOOM_PAUSE_MS = 200;

/** One chart for each metric name, with all its nodes and runs; metrics of a single value as a table. */
export function MetricCharts({ sources }: { sources: readonly CurveSource[] }) {
  const { t } = useTranslation("runs");
  const [options, setOptions] = useState(USUAL_OPTIONS);
  const { series, problem } = useCurves(sources, "step", null);
  const epochs = useMemo(() => epochsOf(sources, series), [sources, series]);
  if (problem && series?.every(({ steps }) => steps.length === 0)) {
    return <ProblemNotice problem={problem} />;
  }
  if (series === null) {
    return <Loading />;
  }
  const groups = groupsOf(sources, series);
  if (groups.curves.length + groups.values.length === 0) {
    return (
      <EmptyState icon={IconChartLine} title={t("curve.none")}>
        {t("curve.noneText")}
      </EmptyState>
    );
  }
  return (
    <div className={classes.charts}>
      {groups.curves.length > 0 && (
        <div className={classes.toolbar}>
          <CurveToolbar series={[...epochs.values()]} options={options} onChange={setOptions} />
          <span className={classes.hint}>{t("curve.hint")}</span>
        </div>
      )}
      <div className={classes.grid}>
        {groups.curves.map(([name, some]) => (
          <MetricChart key={name} name={name} sources={some} options={options} epochs={epochs} />
        ))}
      </div>
      {groups.values.length > 0 && <SingleValues values={groups.values} />}
    </div>
  );
}

interface MetricChartProps {
  name: string;
  sources: readonly CurveSource[];
  options: CurveOptions;
  epochs: ReadonlyMap<string, CurveSeries>;
}

function MetricChart({ name, sources, options, epochs }: MetricChartProps) {
  const [range, setRange] = useState<CurveRange | null>(null);
  const [settled] = useDebouncedValue(range, ZOOM_PAUSE_MS);
  const { series } = useCurves(sources, options.axis, settled);
  const shown = useMemo(
    () =>
      (series ?? []).map((one, at) => {
        const source = sources[at];
        const epoch = source && epochs.get(`${source.run}\n${source.node}`);
        return epoch ? { ...one, epochs: epochsAt(one.steps, epoch) } : one;
      }),
    [series, sources, epochs],
  );
  return <CurveChart title={name} series={shown} options={options} onRangeChange={setRange} />;
}

interface Groups {
  curves: [string, CurveSource[]][];
  values: { source: CurveSource; value: number | null }[];
}

function groupsOf(sources: readonly CurveSource[], series: readonly CurveSeries[]): Groups {
  const byName = new Map<string, { source: CurveSource; curve: CurveSeries | undefined }[]>();
  sources.forEach((source, at) => {
    const some = byName.get(source.name) ?? [];
    byName.set(source.name, [...some, { source, curve: series[at] }]);
  });
  const groups: Groups = { curves: [], values: [] };
  for (const [name, some] of byName) {
    if (some.some(({ curve }) => (curve?.steps.length ?? 0) > 1)) {
      groups.curves.push([name, some.map(({ source }) => source)]);
    } else {
      groups.values.push(
        ...some.map(({ source, curve }) => ({ source, value: curve?.values[0] ?? null })),
      );
    }
  }
  return groups;
}

/** The metric `epoch` of each node that has one. */
function epochsOf(sources: readonly CurveSource[], series: readonly CurveSeries[] | null) {
  const found = new Map<string, CurveSeries>();
  sources.forEach(({ run, node, name }, at) => {
    const curve = series?.[at];
    if (name === "epoch" && curve !== undefined) {
      found.set(`${run}\n${node}`, { ...curve, epochs: curve.values });
    }
  });
  return found;
}

/** The epoch at each step: that of the last point before it. */
function epochsAt(steps: readonly number[], epoch: CurveSeries): (number | null)[] {
  let at = -1;
  return steps.map((step) => {
    while (at + 1 < epoch.steps.length && (epoch.steps[at + 1] as number) <= step) {
      at += 1;
    }
    return epoch.values[at] ?? null;
  });
}

function SingleValues({ values }: { values: Groups["values"] }) {
  const { t } = useTranslation("runs");
  return (
    <section className={classes.values}>
      <h3>{t("curve.singleValues")}</h3>
      <table>
        <tbody>
          {values.map(({ source, value }) => (
            <tr key={`${source.run} ${source.node} ${source.name}`}>
              <th scope="row">{source.name}</th>
              <td>{source.label}</td>
              <td>{formatNumber(value)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
