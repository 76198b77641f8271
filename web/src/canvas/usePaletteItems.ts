import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { api, BASE, dataOf, refusalOf, type Schemas } from "@/api/client";
import { keys } from "@/api/queries";
import { useCatalogue, useEditor } from "@/editor/EditorContext";
import { currentLanguage } from "@/i18n";
import { datasetItems, modelItems, operatorItems, type PaletteItem } from "./paletteItems";

const MOST_MODELS = 50;

/** Everything that can be put on the canvas; what is slow to come is added when it is there. */
export function usePaletteItems(): PaletteItem[] {
  const { t } = useTranslation("canvas");
  const catalogue = useCatalogue();
  const graph = useEditor((state) => state.graph);
  const others = useOtherNames();
  const datasets = useQuery({
    queryKey: [...keys.datasets, "all"],
    queryFn: () => dataOf(api.GET("/api/v1/datasets")),
  });
  const models = useQuery({
    queryKey: [...keys.models, "palette"],
    queryFn: () => dataOf(api.GET("/api/v1/models", { params: { query: { limit: MOST_MODELS } } })),
  });
  const components = graph?.components;
  return useMemo(
    () => [
      ...operatorItems(catalogue, components ? { nodes: [], components } : null, others),
      ...datasetItems(datasets.data?.datasets ?? [], catalogue, t("palette.myData")),
      ...modelItems(models.data?.models ?? [], t("palette.myModels")),
    ],
    [catalogue, components, others, datasets.data, models.data, t],
  );
}

const NO_NAMES: ReadonlyMap<string, { title: string; summary: string }> = new Map();

/** Titles in the other language: people look for words they know from elsewhere. */
function useOtherNames() {
  const language = currentLanguage() === "zh" ? "en" : "zh";
  const { data } = useQuery({
    queryKey: [...keys.operators, "names", language],
    queryFn: async () => {
      const answer = await fetch(`${BASE}/operators`, { headers: { "Accept-Language": language } });
      if (!answer.ok) {
        throw await refusalOf(answer);
      }
      return (await answer.json()) as Schemas["OperatorList"];
    },
    staleTime: Number.POSITIVE_INFINITY,
  });
  return useMemo(
    () => (data ? new Map(data.operators.map((operator) => [operator.id, operator])) : NO_NAMES),
    [data],
  );
}
