import { ViewportPortal } from "@xyflow/react";
import { memo, useState } from "react";
import { createFarLinks } from "./farLinks";
import type { CanvasEdge, CanvasNode } from "./flowElements";
import classes from "./Surface.module.css";

interface FarLinksProps {
  nodes: readonly CanvasNode[];
  links: readonly CanvasEdge[];
}

/**
 * All connections from afar, where none can be hit with a pointer anyway.
 *
 * As elements that listen, a thousand connections cost more than everything else when the canvas moves.
 */
export const FarLinks = memo(function FarLinks({ nodes, links }: FarLinksProps) {
  const [drawn] = useState(createFarLinks);
  return (
    <ViewportPortal>
      <svg className={classes.farLinks} aria-hidden>
        {drawn(nodes, links).map(({ colour, path }) => (
          <path key={colour} d={path} stroke={colour} />
        ))}
      </svg>
    </ViewportPortal>
  );
});
