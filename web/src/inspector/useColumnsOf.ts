import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useCatalogue, useEditor } from "@/editor/EditorContext";
import { edgesOf } from "@/graph/connecting";
import { neighbours } from "@/graph/reading";
import { columnsFor, knownTablesQuery } from "@/tables/knownColumns";
import type { ColumnsAt } from "./form/FormContext";
import { columnOfItems, type Field, type NamedField } from "./form/field";

/** Typing goes on for a while before somebody asks what it means for the columns. */
const PAUSE_MS = 400;

/** Which columns the settings of a node may name, as far as that is known before anything runs. */
export function useColumnsOf(node: string, fields: readonly NamedField[]): ColumnsAt {
  const catalogue = useCatalogue();
  const [text] = useDebouncedValue(
    useEditor((state) => state.text),
    PAUSE_MS,
  );
  const graph = useEditor((state) => state.graph);
  const wired = useEditor((state) => state.wired);
  const enabled = useMemo(() => nameColumns(fields), [fields]);
  const known = useQuery({ ...knownTablesQuery(text), enabled, placeholderData: keepPreviousData });
  const nodes = known.data?.nodes;
  return useMemo(() => {
    if (nodes === undefined || graph === null) {
      return () => null;
    }
    const after = neighbours(edgesOf(catalogue, graph, wired), "after");
    return (reference, path) => columnsFor(nodes, node, reference, path, after);
  }, [nodes, graph, wired, catalogue, node]);
}

/** Forms may contain themselves; columns are never named deeper than this. */
const DEEPEST = 4;

/** Whether any of these settings names columns. */
export function nameColumns(fields: readonly NamedField[], depth = 0): boolean {
  return fields.some(({ field }) => namesOne(field, depth));
}

function namesOne(field: Field, depth: number): boolean {
  if (depth > DEEPEST) {
    return false;
  }
  switch (field.kind) {
    case "text":
      return field.column !== undefined;
    case "list":
      return columnOfItems(field) !== undefined || namesOne(field.item(), depth + 1);
    case "object":
      return nameColumns(field.fields(), depth + 1);
    case "variants":
      return field.variants.some((variant) => nameColumns(variant.fields(), depth + 1));
    case "alternatives":
      return field.options.some((option) => namesOne(option, depth + 1));
    default:
      return false;
  }
}
