import { type ConnectionLineComponentProps, getBezierPath } from "@xyflow/react";
import { portLook } from "./ports";
import { useCanvasView } from "./view";

/** The connection that is being dragged. */
export function ConnectionLine(props: ConnectionLineComponentProps) {
  const { fromX, fromY, toX, toY, fromPosition, toPosition, connectionStatus } = props;
  const type = useCanvasView((view) => view.connecting?.end.type ?? "");
  const [path] = getBezierPath({
    sourceX: fromX,
    sourceY: fromY,
    targetX: toX,
    targetY: toY,
    sourcePosition: fromPosition,
    targetPosition: toPosition,
  });
  const colour = connectionStatus === "invalid" ? "var(--nl-failed)" : portLook(type).colour;
  return (
    <path
      d={path}
      fill="none"
      stroke={colour}
      strokeWidth={2.5}
      strokeDasharray={connectionStatus === "invalid" ? "4 4" : undefined}
    />
  );
}
