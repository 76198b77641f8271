import { ViewportPortal } from "@xyflow/react";
import classes from "./Surface.module.css";
import { useCanvasView } from "./view";

/** Lines along which what is being moved is aligned with others. */
export function GuideLines() {
  const guides = useCanvasView((view) => view.guides);
  if (guides.length === 0) {
    return null;
  }
  return (
    <ViewportPortal>
      <svg className={classes.guides} aria-hidden>
        {guides.map(({ axis, at, start, end }) =>
          axis === "x" ? (
            <line key={axis} className={classes.guide} x1={at} x2={at} y1={start} y2={end} />
          ) : (
            <line key={axis} className={classes.guide} x1={start} x2={end} y1={at} y2={at} />
          ),
        )}
      </svg>
    </ViewportPortal>
  );
}
