import type { CurveAxis, CurveSeries } from "./curves";

/** How curves are shown. */
export interface CurveOptions {
  axis: CurveAxis;
  isLog: boolean;
  /** Weight of what was before, in [0, 1). */
  smoothing: number;
}

export const USUAL_OPTIONS: CurveOptions = { axis: "step", isLog: false, smoothing: 0 };

/** Axes that make sense: epochs only where some were logged. */
export function axesOf(series: readonly CurveSeries[]): CurveAxis[] {
  const hasEpochs = series.some((one) => one.epochs?.some((epoch) => epoch !== null));
  return hasEpochs ? ["step", "epoch", "relative", "wall"] : ["step", "relative", "wall"];
}
