import { BaseEdge, type EdgeProps, getBezierPath } from "@xyflow/react";
import { memo } from "react";
import type { CanvasEdge, LinkData } from "./flowElements";

/** A connection in the colour of what flows along it; dashed if it follows without being written or passes a node that stands aside. */
export const LinkEdge = memo(function LinkEdge(props: EdgeProps<CanvasEdge>) {
  const { data, selected, sourceX, sourceY, targetX, targetY, sourcePosition, targetPosition } =
    props;
  const [path] = getBezierPath({
    sourceX,
    sourceY,
    targetX,
    targetY,
    sourcePosition,
    targetPosition,
  });
  return (
    <BaseEdge
      path={path}
      interactionWidth={16}
      style={{
        stroke: selected ? "var(--nl-accent)" : data?.colour,
        strokeWidth: selected ? 3 : 2,
        ...lookOf(data),
      }}
    />
  );
});

function lookOf(data: LinkData | undefined) {
  if (data?.part !== undefined) {
    return {
      strokeDasharray: "2 5",
      strokeLinecap: "round",
      opacity: data.part === "stops" ? 0.35 : 1,
    } as const;
  }
  return { strokeDasharray: data?.edge.isWired ? "6 5" : undefined };
}
