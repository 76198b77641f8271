/** Trained models as answers of the server: how they are asked for and changed. */
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, dataOf, type Schemas } from "@/api/client";
import { keys } from "@/api/queries";

export type ModelSummary = Schemas["ModelSummary"];
export type Model = Schemas["Model"];
export type ModelExamples = Schemas["ModelExamples"];
export type ModelExample = Schemas["ModelExample"];

/** A model looks at videos, not at pictures. */
export const takesVideos = ({ task }: Pick<Model, "task">): boolean =>
  task === "video_classification";

/** A model of tables takes rows, not pictures. */
export const takesRows = ({ task }: Pick<Model, "task">): boolean => task === "tabular";

/** All learning tasks that models have. */
export const TASKS = [
  "image_classification",
  "object_detection",
  "semantic_segmentation",
  "depth_estimation",
  "normal_estimation",
  "text_detection",
  "text_recognition",
  "image_enhancement",
  "video_classification",
  "tabular",
] as const;

/** The context of texts that speak of what is given to a model: most say "picture" without one. */
export const kindOfInput = (isVideo: boolean): "video" | undefined =>
  isVideo ? "video" : undefined;

/** Likewise of texts about how a model takes what it is given: some look at a picture tile by tile. */
export const inputKind = (model: Pick<Model, "task">): "video" | "tiles" | undefined =>
  model.task === "image_enhancement" ? "tiles" : kindOfInput(takesVideos(model));

/** Which models a list shows; `registered` null means with and without a name. */
export interface ModelFilter {
  text: string;
  /** Their learning task; null means all. */
  task: string | null;
  registered: boolean | null;
}

const PER_PAGE = 100;

/** Models one may see, newest first, read on as one scrolls. */
export const modelsQuery = ({ text, task, registered }: ModelFilter) =>
  infiniteQueryOptions({
    queryKey: [...keys.models, "list", text, task, registered],
    queryFn: ({ pageParam, signal }) => {
      const query = {
        text,
        offset: pageParam,
        limit: PER_PAGE,
        ...(task !== null && { task }),
        ...(registered !== null && { registered }),
      };
      return dataOf(api.GET("/api/v1/models", { params: { query }, signal }));
    },
    initialPageParam: 0,
    getNextPageParam: (last, pages) => {
      const read = pages.reduce((sum, page) => sum + page.models.length, 0);
      return read < last.total && last.models.length > 0 ? read : undefined;
    },
  });

export const modelQuery = (model: string) =>
  queryOptions({
    queryKey: [...keys.models, "one", model],
    queryFn: () => dataOf(api.GET("/api/v1/models/{model}", { params: { path: { model } } })),
  });

const EXAMPLES = 24;

/** Pictures of the data a model was trained with; they do not change. */
export const examplesQuery = (model: string) =>
  queryOptions({
    queryKey: ["model-examples", model],
    queryFn: () =>
      dataOf(
        api.GET("/api/v1/models/{model}/examples", {
          params: { path: { model }, query: { count: EXAMPLES } },
        }),
      ),
    staleTime: Number.POSITIVE_INFINITY,
  });

/** Give a model a name: it becomes that name's next version, and its package is kept. */
export const registerModel = (artifact: string, name: string, description: string) =>
  dataOf(api.POST("/api/v1/models", { body: { artifact, name, description } }));

/** Rename or describe a registered model. */
export const changeModel = (model: string, changes: Schemas["ModelChange"]) =>
  dataOf(api.PATCH("/api/v1/models/{model}", { params: { path: { model } }, body: changes }));

/** Take a model's name away. */
export async function unregisterModel(model: string): Promise<void> {
  await api.DELETE("/api/v1/models/{model}", { params: { path: { model } } });
}
