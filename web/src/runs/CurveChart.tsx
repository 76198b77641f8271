import "uplot/dist/uPlot.min.css";
import { useComputedColorScheme } from "@mantine/core";
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type uPlot from "uplot";
import classes from "./CurveChart.module.css";
import { CurveLegend } from "./CurveLegend";
import { CurveToolbar } from "./CurveToolbar";
import { type CurveOptions, USUAL_OPTIONS } from "./curveOptions";
import { createPlot, type PlotLine, type PlotListener, pan, zoom } from "./curvePlot";
import { aligned, type CurveRange, type CurveSeries, type Placed, placed } from "./curves";
import { smoothed } from "./smoothing";

export type { CurveOptions, CurveRange, CurveSeries };

interface CurveChartProps {
  /** What the curves are of: heading and name for screen readers. */
  title: string;
  series: readonly CurveSeries[];
  /** Given: the owner keeps axis, scale and smoothing, for several charts together. */
  options?: CurveOptions;
  /** Pixels of the plot. */
  height?: number;
  /** Another part came into view: finer points may be read for it. Null: all. */
  onRangeChange?(range: CurveRange | null): void;
  /** Just the plot: no heading, no legend. */
  isBare?: boolean;
}

/** Curves over one axis: zoomed by dragging, the wheel and keys; hover values, smoothing, a table of last, least, most. */
export function CurveChart(props: CurveChartProps) {
  const { title, series, height = 220, isBare = false, onRangeChange } = props;
  const { t } = useTranslation("runs");
  const [ownOptions, setOwnOptions] = useState(USUAL_OPTIONS);
  const options = props.options ?? ownOptions;
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const [range, setRange] = useState<CurveRange | null>(null);
  const [hover, setHover] = useState<number | null>(null);
  const drawing = useDrawing(series, options, hidden);
  const changeRange = (next: CurveRange | null) => {
    setRange(next);
    onRangeChange?.(next);
  };
  const plot = usePlot({
    drawing,
    options,
    height,
    range,
    onHover: setHover,
    onRange: changeRange,
  });
  return (
    <figure className={classes.chart}>
      {!isBare && (
        <figcaption className={classes.caption}>
          <h3 className={classes.title}>{title}</h3>
          {props.options === undefined && (
            <CurveToolbar series={series} options={options} onChange={setOwnOptions} />
          )}
          {range !== null && (
            <button type="button" className={classes.reset} onClick={() => changeRange(null)}>
              {t("curve.showAll")}
            </button>
          )}
        </figcaption>
      )}
      <div
        ref={plot.container}
        className={classes.plot}
        style={{ height }}
        role="img"
        aria-label={t("curve.label", { title, count: series.length })}
        aria-description={t("curve.keys")}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: keys zoom and move; the table below tells the values
        tabIndex={0}
        onKeyDown={plot.onKeyDown}
      />
      {!isBare && (
        <CurveLegend
          series={series}
          placed={drawing.curves}
          hover={hover}
          hidden={hidden}
          onHide={setHidden}
        />
      )}
    </figure>
  );
}

interface Drawing {
  /** The curves themselves, smoothed as chosen. */
  curves: readonly Placed[];
  lines: readonly PlotLine[];
  data: uPlot.AlignedData;
}

function useDrawing(
  series: readonly CurveSeries[],
  { axis, isLog, smoothing }: CurveOptions,
  hidden: ReadonlySet<string>,
): Drawing {
  const raw = useMemo(
    () => series.map((one) => placed(one, axis, isLog ? (value) => value > 0 : undefined)),
    [series, axis, isLog],
  );
  const curves = useMemo(
    () => raw.map(({ xs, ys }) => ({ xs, ys: smoothed(ys, smoothing) as (number | null)[] })),
    [raw, smoothing],
  );
  const data = useMemo(
    () => aligned(smoothing > 0 ? [...raw, ...curves] : curves) as uPlot.AlignedData,
    [raw, curves, smoothing],
  );
  const lines = useMemo(() => {
    const lineOf = (isFaint: boolean) => (one: CurveSeries, place: number) => ({
      label: one.label,
      place,
      isFaint,
      isShown: !hidden.has(one.id),
    });
    const strong = series.map(lineOf(false));
    return smoothing > 0 ? [...series.map(lineOf(true)), ...strong] : strong;
  }, [series, smoothing, hidden]);
  return useMemo(() => ({ curves, lines, data }), [curves, lines, data]);
}

interface PlotProps {
  drawing: Drawing;
  options: CurveOptions;
  height: number;
  range: CurveRange | null;
  onHover(x: number | null): void;
  onRange(range: CurveRange | null): void;
}

/** Keeps the plot as its data, size, theme and range are. Only a change of what lines there are makes a new one. */
function usePlot(props: PlotProps) {
  const { drawing, options, height, range } = props;
  const container = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const latest = useRef(props);
  latest.current = props;
  const scheme = useComputedColorScheme("light");
  const listener = useMemo<PlotListener>(
    () => ({
      onHover: (x) => latest.current.onHover(x),
      onRange: (next) => latest.current.onRange(next),
    }),
    [],
  );
  const shape = `${scheme}:${options.axis}:${options.isLog}:${drawing.lines
    .map(({ label, isFaint }) => `${label}${isFaint}`)
    .join("\n")}`;
  // biome-ignore lint/correctness/useExhaustiveDependencies: `shape` stands for what needs a new plot
  useEffect(() => {
    const element = container.current;
    if (element === null || element.clientWidth === 0) {
      return undefined;
    }
    const { drawing: first, options: look, range: inView } = latest.current;
    const made = createPlot(
      element,
      { ...look, lines: first.lines, width: element.clientWidth, height },
      first.data,
      listener,
    );
    plot.current = made;
    showRange(made, inView);
    const observer = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [shape, height, listener]);
  useEffect(() => {
    const made = plot.current;
    made?.batch(() => {
      made.setData(drawing.data, false);
      drawing.lines.forEach(({ isShown }, at) => {
        if (made.series[at + 1]?.show !== isShown) {
          made.setSeries(at + 1, { show: isShown });
        }
      });
      showRange(made, range);
    });
  }, [drawing, range]);
  const onKeyDown = (event: KeyboardEvent) => {
    if (plot.current !== null && carriedOut(event.key, plot.current, listener)) {
      event.preventDefault();
    }
  };
  return { container, onKeyDown };
}

function showRange(plot: uPlot, range: CurveRange | null): void {
  const xs = plot.data[0];
  const min = range?.from ?? xs[0];
  const max = range?.to ?? xs[xs.length - 1];
  if (min !== undefined && max !== undefined) {
    plot.setScale("x", min === max ? { min: min - 1, max: max + 1 } : { min, max });
  }
}

function carriedOut(key: string, plot: uPlot, listener: PlotListener): boolean {
  switch (key) {
    case "+":
    case "=":
      zoom(plot, listener, 0.8);
      return true;
    case "-":
      zoom(plot, listener, 1.25);
      return true;
    case "ArrowLeft":
      pan(plot, listener, -0.2);
      return true;
    case "ArrowRight":
      pan(plot, listener, 0.2);
      return true;
    case "0":
    case "Escape":
      listener.onRange(null);
      return true;
    default:
      return false;
  }
}
