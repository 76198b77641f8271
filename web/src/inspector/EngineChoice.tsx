import { Select } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useEditor } from "@/editor/EditorContext";
import { ENGINE_NAMES, type Engine, enginesQuery, haveTables } from "@/tables/engines";

interface EngineChoiceProps {
  /** Null: what the project says. */
  engine: Engine | null;
  onChoose(engine: Engine | null): void;
}

/** What executes tables in a run. Not there where there are no tables, or nothing to choose from. */
export function EngineChoice({ engine, onChoose }: EngineChoiceProps) {
  const { t } = useTranslation("inspector");
  const hasTables = useEditor(({ graph }) => haveTables(graph?.nodes.map(({ op }) => op) ?? []));
  const { data } = useQuery({ ...enginesQuery, enabled: hasTables });
  if (!hasTables || data === undefined || data.engines.length < 2) {
    return null;
  }
  return (
    <Select
      label={t("run.engine")}
      description={t("run.engineHelp")}
      allowDeselect={false}
      data={data.engines.map((name) => ({ value: name, label: ENGINE_NAMES[name] }))}
      value={engine ?? data.engine}
      onChange={(name) => onChoose(name === data.engine ? null : (name as Engine))}
    />
  );
}
