import { useText } from "@/i18n/useText";
import { formatNumber } from "@/ui/formatting";
import classes from "./NodeBody.module.css";
import { sparklinePath } from "./sparklinePath";

const WIDTH = 160;
const HEIGHT = 24;

/** A curve without axes and its last value. */
export function Sparkline({ points }: { points: readonly number[] }) {
  const t = useText("canvas");
  const last = formatNumber(points.at(-1));
  return (
    <div className={classes.spark}>
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={t("node.spark", { value: last })}
      >
        <path
          d={sparklinePath(points, WIDTH, HEIGHT)}
          fill="none"
          stroke="var(--nl-accent)"
          strokeWidth={1.5}
          vectorEffect="non-scaling-stroke"
          strokeLinejoin="round"
        />
      </svg>
      <span className={classes.value}>{last}</span>
    </div>
  );
}
