import { useEffect, useMemo, useState } from "react";
import { useCatalogue, useEditor } from "@/editor/EditorContext";
import { edgesOf } from "@/graph/connecting";
import { topologicalOrder } from "@/graph/reading";
import { createFlowEdges, createFlowNodes } from "./flowElements";
import { createNodeViews } from "./nodeView";
import { useSceneAccess } from "./scene";
import { show, useCanvasView } from "./view";

const NOTHING = { order: [], edges: [] } as const;

/** The document as React Flow's nodes and edges; also leaves them in the scene. */
export function useFlowElements() {
  const { scene } = useSceneAccess();
  const catalogue = useCatalogue();
  const [makers] = useState(() => ({
    views: createNodeViews(catalogue),
    nodes: createFlowNodes(),
    edges: createFlowEdges(),
  }));
  const graph = useEditor((state) => state.graph);
  const wired = useEditor((state) => state.wired);
  const diagnostics = useEditor((state) => state.diagnostics);
  const canvas = useEditor((state) => state.canvas);
  const layout = useEditor((state) => state.layout);
  const run = useEditor((state) => state.run);
  const plan = useEditor((state) => state.plan);
  const selection = useEditor((state) => state.selection);
  const mayEdit = useEditor((state) => state.mayEdit);
  const moving = useCanvasView((view) => view.moving);
  const sizing = useCanvasView((view) => view.sizing);
  const places = useCanvasView((view) => view.places);
  const selectedEdges = useCanvasView((view) => view.selectedEdges);
  const selectedExtras = useCanvasView((view) => view.selectedExtras);

  const { edges, order } = useMemo(() => {
    if (graph === null) {
      return NOTHING;
    }
    const found = edgesOf(catalogue, graph, wired);
    return { edges: found, order: topologicalOrder(graph, found) };
  }, [catalogue, graph, wired]);
  const views = useMemo(
    () => makers.views({ graph, diagnostics, canvas, run, plan }, edges),
    [makers, graph, diagnostics, canvas, run, plan, edges],
  );
  const nodes = makers.nodes({
    order,
    views,
    layout,
    canvas,
    moving,
    sizing,
    places,
    selection,
    selectedExtras,
    mayEdit,
  });
  const links = useMemo(
    () => makers.edges(edges, views, selectedEdges),
    [makers, edges, views, selectedEdges],
  );
  useEffect(() => {
    if (selection.size > 0 && useCanvasView.getState().selectedEdges.size > 0) {
      show({ selectedEdges: new Set() });
    }
  }, [selection]);
  useEffect(() => {
    scene.current = { order, views, edges, layout };
  }, [scene, order, views, edges, layout]);
  return { nodes, links };
}
