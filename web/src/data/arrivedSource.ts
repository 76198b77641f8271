/** Which node reads a file that has just arrived. */
import { api, dataOf, type Schemas } from "@/api/client";
import { isLooking } from "./datasets";
import type { Dataset } from "./uploadServer";

export type Source = Schemas["SourceNode"];

const LOOK_AGAIN_MS = 500;
/** Longer looks are not waited for: they are into very many pictures. */
const LONGEST_MS = 20_000;

/**
 * The node that reads a file. The server mostly knows it as soon as the file has arrived; of archives with
 * very many files only their survey tells, which is waited for a while.
 */
export async function arrivedSource(dataset: Dataset, signal: AbortSignal): Promise<Source> {
  const usual = { operator: "data.image_zip", settings: { path: dataset.path ?? "" } };
  const end = Date.now() + LONGEST_MS;
  for (;;) {
    const found = await detailsOf(dataset.id);
    if (found === null) {
      return usual;
    }
    if (found.source !== null || !isLooking(found.survey.state) || Date.now() >= end) {
      return found.source ?? usual;
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
    signal.throwIfAborted();
  }
}

/** None if the server does not say: then the file is there all the same. */
async function detailsOf(dataset: string): Promise<Schemas["DatasetDetails"] | null> {
  try {
    return await dataOf(api.GET("/api/v1/datasets/{dataset}", { params: { path: { dataset } } }));
  } catch {
    return null;
  }
}
