import { IconTableOff } from "@tabler/icons-react";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { askModel } from "@/tableModels/asking";
import { TryTable } from "@/tableModels/TryTable";
import { EmptyState } from "@/ui/EmptyState";
import type { Model } from "./models";
import classes from "./TryTab.module.css";

/** Give a model of tables rows, and see what it says. */
export function TryRows({ model }: { model: Model }) {
  const { t } = useTranslation(["models", "tableModels"]);
  const ask = useMemo(() => askModel(model.id), [model.id]);
  if (model.right === "read") {
    return <p className={classes.note}>{t("try.notAllowed")}</p>;
  }
  if (model.inputs === null) {
    return (
      <EmptyState icon={IconTableOff} title={t("tableModels:noForm.title")}>
        {t("tableModels:noForm.text")}
      </EmptyState>
    );
  }
  return (
    <TryTable inputs={model.inputs} targets={model.targets} source={model.artifact} ask={ask} />
  );
}
