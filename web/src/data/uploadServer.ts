/** What sending a file needs of the server: announce, pieces, completion. */
import { api, dataOf, type Schemas } from "@/api/client";

export type Dataset = Schemas["Dataset"];
export type NewDataset = Schemas["NewDataset"];

/** The server as an upload sees it; another one stands in for it in tests. */
export interface UploadServer {
  /** Longest piece it takes. */
  longestPiece(): Promise<number>;
  announce(file: NewDataset): Promise<Dataset>;
  /** How much has arrived. */
  ask(dataset: string, signal?: AbortSignal): Promise<Dataset>;
  append(dataset: string, offset: number, piece: Blob, signal?: AbortSignal): Promise<Dataset>;
  complete(dataset: string, signal?: AbortSignal): Promise<Dataset>;
}

const OCTETS = { "Content-Type": "application/octet-stream" };

export const uploadServer: UploadServer = {
  async longestPiece() {
    return (await dataOf(api.GET("/api/v1/datasets"))).chunk_bytes;
  },
  announce: (file) => dataOf(api.POST("/api/v1/datasets", { body: file })),
  ask: (dataset, signal) =>
    dataOf(api.GET("/api/v1/datasets/{dataset}", { params: { path: { dataset } }, signal })),
  append: (dataset, offset, piece, signal) =>
    dataOf(
      api.PUT("/api/v1/datasets/{dataset}/content", {
        params: { path: { dataset }, query: { offset } },
        body: piece as unknown as string, // the description has no type for bytes
        bodySerializer: (body) => body,
        headers: OCTETS,
        signal,
      }),
    ),
  complete: (dataset, signal) =>
    dataOf(
      api.POST("/api/v1/datasets/{dataset}/complete", { params: { path: { dataset } }, signal }),
    ),
};
