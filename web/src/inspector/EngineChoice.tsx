import { Select } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, dataOf, type Schemas } from "@/api/client";
import { useEditor } from "@/editor/EditorContext";

export type Engine = Schemas["ServerInfo"]["engine"];

const NAMES: Readonly<Record<Engine, string>> = { duckdb: "DuckDB", spark: "Spark" };

interface EngineChoiceProps {
  /** Null: what the project says. */
  engine: Engine | null;
  onChoose(engine: Engine | null): void;
}

/** What executes tables in a run. Not there where there are no tables, or nothing to choose from. */
export function EngineChoice({ engine, onChoose }: EngineChoiceProps) {
  const { t } = useTranslation("inspector");
  const hasTables = useEditor(
    ({ graph }) => graph?.nodes.some(({ op }) => op.startsWith("tables.")) ?? false,
  );
  const { data } = useQuery({
    queryKey: ["server", "engines"],
    queryFn: () => dataOf(api.GET("/api/v1/server")),
    enabled: hasTables,
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (!hasTables || data === undefined || data.engines.length < 2) {
    return null;
  }
  return (
    <Select
      label={t("run.engine")}
      description={t("run.engineHelp")}
      allowDeselect={false}
      data={data.engines.map((name) => ({ value: name, label: NAMES[name] }))}
      value={engine ?? data.engine}
      onChange={(name) => onChoose(name === data.engine ? null : (name as Engine))}
    />
  );
}
