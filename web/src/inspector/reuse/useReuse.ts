import { useMemo } from "react";
import { useCatalogue, useEditor, useEditorActions } from "@/editor/EditorContext";
import { edgesOf } from "@/graph/connecting";
import { classesInto, reuseEdit, taskOf } from "@/graph/reuse";

/** What a trained model has to fit to be used by a node. */
export function useDemands(node: string): {
  task: string | null;
  classes: readonly string[] | null;
} {
  const catalogue = useCatalogue();
  const graph = useEditor((state) => state.graph);
  const wired = useEditor((state) => state.wired);
  const run = useEditor((state) => state.run);
  return useMemo(() => {
    if (graph === null) {
      return { task: null, classes: null };
    }
    const edges = edgesOf(catalogue, graph, wired);
    return {
      task: taskOf(catalogue, graph, edges, node),
      classes: classesInto(catalogue, graph, edges, run, node),
    };
  }, [catalogue, graph, wired, run, node]);
}

/** Let a node use a trained model, or with null train again: one step of undo. */
export function useReuse(node: string): (reference: string | null) => void {
  const { edit } = useEditorActions();
  return (reference) => edit([reuseEdit(node, reference)]);
}
