import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { type Run, runQuery } from "@/runs/runQueries";
import { FEATURE_MAP_MEDIA } from "@/tables/tableLook";
import type { Model } from "./models";

/** The way to the feature map that a model of tables learned with, in the run that made it. */
export function FeatureMapLink({ model }: { model: Model }) {
  const { t } = useTranslation("models");
  const { data } = useQuery({ ...runQuery(model.run), enabled: model.run_right !== null });
  const node = data === undefined ? null : mapNode(data, model.node);
  if (node === null) {
    return t("fact.inPackage");
  }
  return <Link to={`/runs/${model.run}?node=${encodeURIComponent(node)}`}>{node}</Link>;
}

/** The node that gave a feature map out, the nearest one before the training. */
function mapNode(run: Run, training: string): string | null {
  const last = run.nodes.findIndex(({ id }) => id === training);
  const makers = run.nodes
    .slice(0, last < 0 ? undefined : last)
    .filter(({ outputs }) =>
      Object.values(outputs).some(({ media_type }) => media_type === FEATURE_MAP_MEDIA),
    );
  return makers.at(-1)?.id ?? null;
}
