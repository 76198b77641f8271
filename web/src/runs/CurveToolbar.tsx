import { Select, Slider, Switch } from "@mantine/core";
import { useTranslation } from "react-i18next";
import classes from "./CurveChart.module.css";
import { axesOf, type CurveOptions } from "./curveOptions";
import type { CurveAxis, CurveSeries } from "./curves";

interface CurveToolbarProps {
  series: readonly CurveSeries[];
  options: CurveOptions;
  onChange(options: CurveOptions): void;
}

/** Axis, scale and smoothing of curves. */
export function CurveToolbar({ series, options, onChange }: CurveToolbarProps) {
  const { t } = useTranslation("runs");
  return (
    <div className={classes.toolbar}>
      <Select
        aria-label={t("curve.axis")}
        w={150}
        allowDeselect={false}
        data={axesOf(series).map((value) => ({ value, label: t(`curve.axes.${value}`) }))}
        value={options.axis}
        onChange={(axis) => onChange({ ...options, axis: (axis ?? "step") as CurveAxis })}
      />
      <div className={classes.smoothing}>
        <span aria-hidden>{t("curve.smoothing")}</span>
        <Slider
          w={120}
          size="sm"
          min={0}
          max={0.99}
          step={0.01}
          label={(value) => value.toFixed(2)}
          thumbLabel={t("curve.smoothing")}
          value={options.smoothing}
          onChange={(smoothing) => onChange({ ...options, smoothing })}
        />
      </div>
      <Switch
        label={t("curve.log")}
        checked={options.isLog}
        onChange={({ currentTarget: { checked } }) => onChange({ ...options, isLog: checked })}
      />
    </div>
  );
}
