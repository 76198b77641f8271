import { IconHourglass } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { EmptyState } from "@/ui/EmptyState";
import { Snippet } from "@/ui/Snippet";
import { PipelineButton } from "./DatasetActions";
import type { DatasetDetails } from "./datasets";
import { pipelineText, sourceNode } from "./pipelineText";
import classes from "./UseTab.module.css";

/** How a pipeline reads this data: text to copy. */
export function UseTab({ dataset }: { dataset: DatasetDetails }) {
  const { t } = useTranslation("data");
  const node = sourceNode(dataset);
  const text = pipelineText(dataset);
  if (node === null || text === null) {
    return <EmptyState icon={IconHourglass} title={t("use.notYet")} />;
  }
  return (
    <div className={classes.use}>
      <section>
        <h2>{t("use.pipeline")}</h2>
        <p>{t("use.pipelineText")}</p>
        <PipelineButton dataset={dataset} />
        <Snippet label={t("use.pipeline")} text={text} />
      </section>
      <section>
        <h2>{t("use.node")}</h2>
        <p>{t("use.nodeText")}</p>
        <Snippet label={t("use.node")} text={`nodes:\n  data: ${node}\n`} />
      </section>
    </div>
  );
}
