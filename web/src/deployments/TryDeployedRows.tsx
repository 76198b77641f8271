import { IconPlugConnectedX, IconTableOff } from "@tabler/icons-react";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { askDeployment } from "@/tableModels/asking";
import { TryTable } from "@/tableModels/TryTable";
import { EmptyState } from "@/ui/EmptyState";
import type { Deployment, TableServed } from "./deployments";
import classes from "./TryDeployment.module.css";

interface TryDeployedRowsProps {
  deployment: Deployment;
  table: TableServed;
}

/** Send rows the way callers do. */
export function TryDeployedRows({ deployment, table }: TryDeployedRowsProps) {
  const { t } = useTranslation(["deployments", "tableModels"]);
  const { id, revision } = deployment;
  const ask = useMemo(() => askDeployment(id), [id]);
  if (deployment.right === "read") {
    return <p className={classes.note}>{t("try.notAllowed")}</p>;
  }
  if (deployment.state !== "running") {
    return (
      <EmptyState icon={IconPlugConnectedX} title={t("try.notRunning")}>
        {t("try.notRunningText", { context: "rows" })}
      </EmptyState>
    );
  }
  if (table.inputs === null) {
    return (
      <EmptyState icon={IconTableOff} title={t("tableModels:noForm.title")}>
        {t("tableModels:noForm.text")}
      </EmptyState>
    );
  }
  const source = `${id} ${revision?.number}`;
  return (
    <TryTable
      key={source}
      inputs={table.inputs}
      targets={table.targets}
      source={source}
      ask={ask}
    />
  );
}
