/** Samples of data sets that nodes made, as answers of the server. */
import { queryOptions } from "@tanstack/react-query";
import { api, BASE, dataOf, type Schemas } from "@/api/client";
import { keys } from "@/api/queries";

export type Preview = Schemas["OutputPreview"];
export type StoredSample = Schemas["StoredSample"];
export type SampleObject = Schemas["SampleObject"];
export type FoundObject = Schemas["FoundObject"];

/** Which output of which node of which run; `artifact` is what it is, whichever run names it. */
export interface OutputPlace {
  run: string;
  node: string;
  port: string;
  artifact: string;
}

/** What is worth showing of an output. An artifact never changes. */
export const previewQuery = ({ run, node, port, artifact }: OutputPlace) =>
  queryOptions({
    queryKey: [...keys.runs, "preview", artifact, port],
    queryFn: () =>
      dataOf(
        api.GET("/api/v1/runs/{run}/nodes/{node}/outputs/{output}/preview", {
          params: { path: { run, node, output: port } },
        }),
      ),
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });

/** One sample with what is known about it. */
export const sampleQuery = ({ run, node, port, artifact }: OutputPlace, number: number) =>
  queryOptions({
    queryKey: [...keys.runs, "sample", artifact, number],
    queryFn: () =>
      dataOf(
        api.GET("/api/v1/runs/{run}/nodes/{node}/samples/{number}", {
          params: { path: { run, node, number }, query: { output: port } },
        }),
      ),
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });

interface PictureLook {
  /** Longest side in pixels; as a whole if not given. */
  size?: number;
  /** As it is stored, without what is known about it. */
  isPlain?: boolean;
}

/** Where the picture of a sample is. */
export function pictureUrl({ run, node, port }: OutputPlace, number: number, look: PictureLook) {
  const path = node.split("/").map(encodeURIComponent).join("/");
  const query = new URLSearchParams({ output: port });
  if (look.size !== undefined) {
    query.set("size", String(look.size));
  }
  if (look.isPlain) {
    query.set("plain", "true");
  }
  return `${BASE}/runs/${encodeURIComponent(run)}/nodes/${path}/samples/${number}/image?${query}`;
}

/** The same thumbnail in another size. */
export const resizedUrl = (url: string, size: number): string =>
  url.replace(/([?&]size=)\d+/, `$1${size}`);

/** Whether a data set says more about its pictures than a class: then there is something to draw. */
export const isAnnotated = ({ objects, num_pairs: pairs, summary }: Preview): boolean =>
  (objects ?? null) !== null ||
  (pairs ?? null) !== null ||
  summary.task === "semantic_segmentation";
