import { useMemo } from "react";
import type { Schemas } from "@/api/client";
import { groupColour } from "@/canvas/groupColours";
import classes from "./GraphMiniature.module.css";
import { MARK, miniatureOf, type Size } from "./miniature";

const SIZE: Size = { width: 264, height: 96 };

/** Operators without a prefix belong to these groups. */
const GROUPS: Readonly<Record<string, string>> = {
  train: "training",
  evaluate: "evaluation",
  predict: "evaluation",
  compare: "evaluation",
};

const groupOf = (operator: string) =>
  operator.includes(".") ? (operator.split(".")[0] ?? "") : (GROUPS[operator] ?? "");

/** A graph as a picture the size of a stamp; decoration, its card says what it is in words. */
export function GraphMiniature({ sketch }: { sketch: Schemas["Sketch"] | undefined }) {
  const picture = useMemo(() => (sketch ? miniatureOf(sketch, SIZE) : null), [sketch]);
  return (
    <svg
      className={classes.picture}
      viewBox={`0 0 ${SIZE.width} ${SIZE.height}`}
      aria-hidden
      focusable="false"
    >
      {picture?.lines.map(({ id, path }) => (
        <path key={id} d={path} className={classes.line} />
      ))}
      {picture?.nodes.map(({ id, operator, x, y }) => (
        <g key={id} transform={`translate(${x - MARK.width / 2} ${y - MARK.height / 2})`}>
          <rect width={MARK.width} height={MARK.height} rx={3} className={classes.node} />
          <rect
            x={3.5}
            y={3.5}
            width={5}
            height={5}
            rx={1.5}
            fill={groupColour(groupOf(operator))}
          />
          <rect x={11} y={5} width={10} height={2} rx={1} className={classes.word} />
        </g>
      ))}
    </svg>
  );
}
