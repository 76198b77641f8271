/** The uPlot behind a chart: axes, lines, zooming with the mouse and the keyboard. */
import uPlot from "uplot";
import { formatDuration, formatNumber } from "@/ui/formatting";
import { canvasColours, curveDash } from "./curveLooks";
import type { CurveAxis, CurveRange } from "./curves";

/** One line of the plot. */
export interface PlotLine {
  label: string;
  /** Which colour and dash: its curve's place. */
  place: number;
  /** The line behind a smoothed one. */
  isFaint: boolean;
  isShown: boolean;
}

export interface PlotListener {
  /** Position under the pointer; null outside. */
  onHover(x: number | null): void;
  /** The part in view was chosen by hand; null when all is shown again. */
  onRange(range: CurveRange | null): void;
}

export interface PlotLook {
  axis: CurveAxis;
  isLog: boolean;
  lines: readonly PlotLine[];
  width: number;
  height: number;
}

/** Alpha of raw lines behind smoothed ones, as two hexadecimal digits: many of them must not hide the others. */
const faintness = (numLines: number): string => (numLines > 16 ? "14" : "38");
const LEAST_SHARE = 1e-6;

/** Make a plot in an element. */
export function createPlot(
  element: HTMLElement,
  look: PlotLook,
  data: uPlot.AlignedData,
  listener: PlotListener,
): uPlot {
  const colours = canvasColours(element);
  const axisLook = {
    stroke: colours.text,
    font: colours.font,
    grid: { stroke: colours.line, width: 1 },
    ticks: { stroke: colours.line, width: 1, size: 4 },
  };
  const options: uPlot.Options = {
    width: look.width,
    height: look.height,
    legend: { show: false },
    cursor: { drag: { x: true, y: false, uni: 8 }, points: { size: 5 } },
    scales: {
      x: { time: look.axis === "wall" },
      y: look.isLog ? { distr: 3 } : {},
    },
    axes: [
      // Below times stands the day.
      { ...axisLook, size: look.axis === "wall" ? 44 : 32, values: axisValues(look.axis) },
      { ...axisLook, size: 56, values: (_, ticks) => ticks.map(tickText) },
    ],
    series: [
      {},
      ...look.lines.map((line) => ({
        label: line.label,
        show: line.isShown,
        stroke: colours.curve(line.place) + (line.isFaint ? faintness(look.lines.length) : ""),
        width: line.isFaint ? 1 : 1.5,
        dash: line.isFaint ? [] : [...curveDash(line.place)],
        points: { show: false },
        spanGaps: false,
      })),
    ],
    hooks: {
      setCursor: [
        (plot) => {
          const { left = -1 } = plot.cursor;
          listener.onHover(left < 0 ? null : plot.posToVal(left, "x"));
        },
      ],
      setSelect: [
        (plot) => {
          if (plot.select.width > 0) {
            const { left, width } = plot.select;
            listener.onRange({
              from: plot.posToVal(left, "x"),
              to: plot.posToVal(left + width, "x"),
            });
          }
        },
      ],
      ready: [(plot) => listenToMouse(plot, listener)],
    },
  };
  return new uPlot(options, data, element);
}

const tickText = (tick: number | null): string => (tick === null ? "" : formatNumber(tick));

function axisValues(axis: CurveAxis): uPlot.Axis.Values | undefined {
  if (axis === "wall") {
    return undefined; // uPlot's own dates
  }
  return axis === "relative"
    ? (_: uPlot, ticks: number[]) => ticks.map(formatDuration)
    : (_: uPlot, ticks: number[]) => ticks.map(tickText);
}

function listenToMouse(plot: uPlot, listener: PlotListener): void {
  plot.over.addEventListener("dblclick", () => listener.onRange(null));
  plot.over.addEventListener("mousedown", () => plot.root.parentElement?.focus());
  plot.over.addEventListener(
    "wheel",
    (event) => {
      const isMeant =
        event.ctrlKey || event.metaKey || document.activeElement === plot.root.parentElement;
      if (!isMeant) {
        return; // the page is scrolled; a chart zooms once it was clicked, or with Ctrl
      }
      event.preventDefault();
      const centre = plot.posToVal(event.offsetX, "x");
      zoom(plot, listener, event.deltaY < 0 ? 0.8 : 1.25, centre);
    },
    { passive: false },
  );
}

/** Show a smaller or larger part around a position. */
export function zoom(plot: uPlot, listener: PlotListener, factor: number, centre?: number): void {
  const { min, max } = plot.scales.x ?? {};
  const whole = wholeOf(plot);
  if (min == null || max == null || whole === null) {
    return;
  }
  const around = centre ?? (min + max) / 2;
  const from = Math.max(around - (around - min) * factor, whole.from);
  const to = Math.min(around + (max - around) * factor, whole.to);
  if (from <= whole.from && to >= whole.to) {
    listener.onRange(null);
  } else if (to - from > LEAST_SHARE * (whole.to - whole.from)) {
    listener.onRange({ from, to });
  }
}

/** Move what is in view by a share of its width. */
export function pan(plot: uPlot, listener: PlotListener, share: number): void {
  const { min, max } = plot.scales.x ?? {};
  const whole = wholeOf(plot);
  if (min != null && max != null && whole !== null) {
    const wanted = (max - min) * share;
    const by = Math.min(Math.max(wanted, whole.from - min), whole.to - max);
    listener.onRange({ from: min + by, to: max + by });
  }
}

function wholeOf(plot: uPlot): CurveRange | null {
  const xs = plot.data[0];
  const from = xs[0];
  const to = xs[xs.length - 1];
  return from === undefined || to === undefined ? null : { from, to };
}
