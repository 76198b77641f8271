/** What executes tables. */
import { queryOptions } from "@tanstack/react-query";
import { api, dataOf, type Schemas } from "@/api/client";

export type Engine = Schemas["ServerInfo"]["engine"];

/** Names of products, the same in all languages. */
export const ENGINE_NAMES: Readonly<Record<Engine, string>> = { duckdb: "DuckDB", spark: "Spark" };

/** Whether any of these operators is executed by such an engine. */
export const haveTables = (operators: readonly string[]): boolean =>
  operators.some((operator) => operator.startsWith("tables."));

/** The engines that are installed, and the project's choice. */
export const enginesQuery = queryOptions({
  queryKey: ["server", "engines"],
  queryFn: () => dataOf(api.GET("/api/v1/server")),
  staleTime: Number.POSITIVE_INFINITY,
});
