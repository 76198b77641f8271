/** Which columns tables have before anything runs, as far as that is known. */
import { queryOptions } from "@tanstack/react-query";
import { api, dataOf, type Schemas } from "@/api/client";
import { keys } from "@/api/queries";
import { currentLanguage } from "@/i18n";
import type { NamedColumn } from "./columnTypes";

export type KnownTables = Schemas["KnownTables"];

/** Columns of the tables of a pipeline that may not be saved yet. */
export const knownTablesQuery = (text: string) =>
  queryOptions({
    queryKey: [...keys.pipelines, "columns", text, currentLanguage()],
    queryFn: ({ signal }) => dataOf(api.POST("/api/v1/text/columns", { body: { text }, signal })),
    staleTime: 30_000, // files may change
    gcTime: 60_000,
    retry: false,
  });

/** Which column a setting names: of the table at which input. */
export interface ColumnReference {
  /** Empty: of the tables that come to the nodes after this one. */
  readonly port: string;
  /** Whether `price_*` names columns, too. */
  readonly isPattern: boolean;
}

type Nodes = KnownTables["nodes"];

/**
 * The columns that a setting may name; null if they are not known.
 *
 * Of an input that takes several tables, the first number in the setting's path says which one is meant
 * (`sources.1.columns`).
 */
export function columnsFor(
  nodes: Nodes,
  node: string,
  { port }: ColumnReference,
  path: string,
  nodesAfter: ReadonlyMap<string, readonly string[]>,
): readonly NamedColumn[] | null {
  if (port === "") {
    return columnsAfter(nodes, node, nodesAfter);
  }
  const tables = nodes[node]?.inputs[port] ?? [];
  const place = /\.(\d+)(?:\.|$)/.exec(path)?.[1];
  const table = tables.length > 1 ? tables[Number(place ?? 0)] : tables[0];
  return table?.columns ?? null;
}

/** Columns of the nearest tables after a node. */
function columnsAfter(
  nodes: Nodes,
  node: string,
  nodesAfter: ReadonlyMap<string, readonly string[]>,
): readonly NamedColumn[] | null {
  const seen = new Set([node]);
  for (let near = [node]; near.length > 0; ) {
    near = near.flatMap((id) => nodesAfter.get(id) ?? []).filter((id) => !seen.has(id));
    for (const id of near) {
      seen.add(id);
      const found = Object.values(nodes[id]?.inputs ?? {})
        .flat()
        .find((table) => table !== null);
      if (found) {
        return found.columns;
      }
    }
  }
  return null;
}
