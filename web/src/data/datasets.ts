/** Data sets as answers of the server: how they are asked for, and how they belong together. */
import { queryOptions } from "@tanstack/react-query";
import { api, BASE, dataOf, type Schemas } from "@/api/client";
import { keys } from "@/api/queries";
import type { Dataset } from "./uploadServer";

export type { Dataset } from "./uploadServer";
export type DatasetDetails = Schemas["DatasetDetails"];
export type Findings = Schemas["Findings"];
export type Sample = Schemas["Sample"];
export type SurveyState = Dataset["survey_state"];

const LOOK_AGAIN_MS = 1_000;

/** A survey is on its way: its answer changes by itself. */
export const isLooking = (state: SurveyState): boolean => state === "queued" || state === "running";

/** The context of texts that speak of what is inside: most say "picture" or "image" without one. */
export const contentKind = (videos: unknown): "video" | undefined => (videos ? "video" : undefined);

/** All data sets one may see. */
export const datasetsQuery = queryOptions({
  queryKey: [...keys.datasets, "list"],
  queryFn: () => dataOf(api.GET("/api/v1/datasets")),
  refetchInterval: ({ state }) =>
    state.data?.datasets.some((each) => isLooking(each.survey_state)) && LOOK_AGAIN_MS,
});

/** One data set with what its survey found so far. */
export const datasetQuery = (dataset: string) =>
  queryOptions({
    queryKey: [...keys.datasets, "one", dataset],
    queryFn: () => dataOf(api.GET("/api/v1/datasets/{dataset}", { params: { path: { dataset } } })),
    refetchInterval: ({ state }) =>
      state.data !== undefined && isLooking(state.data.survey.state) && LOOK_AGAIN_MS,
  });

/** Which samples a gallery shows; null means any. */
export interface SampleFilter {
  label: string | null;
  part: string | null;
  text: string;
  duplicates: boolean;
}

export const SAMPLES_PER_PAGE = 200;

/** One page of the samples that match. */
export const samplePageQuery = (dataset: string, filter: SampleFilter, page: number) =>
  queryOptions({
    queryKey: [...keys.datasets, "samples", dataset, filter, page],
    queryFn: ({ signal }) => {
      const { label, part, text, duplicates } = filter;
      const query = {
        ...(label !== null && { label }),
        ...(part !== null && { part }),
        text,
        duplicates,
        offset: page * SAMPLES_PER_PAGE,
        limit: SAMPLES_PER_PAGE,
      };
      return dataOf(
        api.GET("/api/v1/datasets/{dataset}/samples", {
          params: { path: { dataset }, query },
          signal,
        }),
      );
    },
    staleTime: 60_000,
  });

/** Where the picture of a sample is; `size` is the longest side in pixels, the picture as it is without it. */
export const sampleUrl = (dataset: string, number: number, size?: number): string =>
  `${BASE}/datasets/${dataset}/samples/${number}/image${size === undefined ? "" : `?size=${size}`}`;

/** Numbers of a few samples, spread evenly: neighbours mostly are of one class. */
export function spreadNumbers(numImages: number, count: number): number[] {
  const shown = Math.min(numImages, count);
  return Array.from({ length: shown }, (_, at) => Math.floor(((at + 0.5) * numImages) / shown));
}

/** Data sets that have arrived, the newest version of each name and owner. */
export function newestOf(datasets: readonly Dataset[]): Dataset[] {
  const newest = new Map<string, Dataset>();
  for (const each of datasets) {
    const key = JSON.stringify([each.owner, each.name]);
    if (each.is_complete && each.version > (newest.get(key)?.version ?? 0)) {
      newest.set(key, each);
    }
  }
  return [...newest.values()].sort((first, second) => second.created - first.created);
}

/** Half-sent files that one may go on with. */
export const interruptedOf = (datasets: readonly Dataset[]): Dataset[] =>
  datasets.filter((each) => !each.is_complete && (each.right === "own" || each.right === "write"));

/** What the server makes of a file name: characters that are no letters, digits or ` .()+-_` are replaced by it. */
const plainName = (name: string): string => name.replace(/[^\p{L}\p{N}]+/gu, "");

/** The half-sent data set that a chosen file belongs to, by name and size. */
export function resumable(file: File, datasets: readonly Dataset[]): Dataset | undefined {
  return interruptedOf(datasets).find(
    (each) => each.size_bytes === file.size && plainName(each.file_name) === plainName(file.name),
  );
}

/** A name for a data set from the name of its file. */
export function nameOfFile(fileName: string): string {
  const name = fileName
    .replace(/\.[^.]+$/, "")
    .replace(/[_\s]+/g, " ")
    .trim();
  return name || fileName;
}

/** Delete a data set; `force` also if runs have read it. */
export async function deleteDataset(dataset: string, force: boolean): Promise<void> {
  await api.DELETE("/api/v1/datasets/{dataset}", {
    params: { path: { dataset }, query: { force } },
  });
}

/** Rename or describe a data set. */
export const changeDataset = (dataset: string, changes: Schemas["DatasetChanges"]) =>
  dataOf(api.PATCH("/api/v1/datasets/{dataset}", { params: { path: { dataset } }, body: changes }));

/** Look into a data set (again). */
export const surveyDataset = (dataset: string) =>
  dataOf(api.POST("/api/v1/datasets/{dataset}/survey", { params: { path: { dataset } } }));
