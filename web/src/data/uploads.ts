/** The uploads of this page: they go on while one looks at other screens, and can be paused, resumed and cancelled. */
import { create } from "zustand";
import { Refusal } from "@/api/client";
import { deleteDataset } from "./datasets";
import { uploadDataset } from "./upload";
import type { Dataset } from "./uploadServer";

export type UploadState =
  | "preparing"
  | "sending"
  | "waiting"
  | "checking"
  | "paused"
  | "failed"
  | "refused"
  | "done";

/** One file on its way. */
export interface Upload {
  readonly key: string;
  readonly file: File;
  readonly name: string;
  readonly state: UploadState;
  readonly sentBytes: number;
  readonly bytesPerS: number | null;
  /** When the next attempt is, while the server cannot be reached (milliseconds since the epoch). */
  readonly againAtMs: number | null;
  readonly problem: unknown;
  /** Id of the data set, once the server knows the file. */
  readonly dataset: string | null;
}

interface Uploads {
  readonly uploads: readonly Upload[];
}

export const useUploads = create<Uploads>(() => ({ uploads: [] }));

const stops = new Map<string, AbortController>();
const endListeners = new Set<(dataset: Dataset | null) => void>();
let count = 0;

/** States in which something is on its way and would be lost when the page is closed. */
export const isUnderWay = (state: UploadState): boolean =>
  state === "preparing" || state === "sending" || state === "waiting" || state === "checking";

/** Be told of every file that has arrived, and with null of every one that the server does not want. */
export function onUploadEnd(listener: (dataset: Dataset | null) => void): () => void {
  endListeners.add(listener);
  return () => endListeners.delete(listener);
}

function tellEnd(dataset: Dataset | null): void {
  for (const listener of endListeners) {
    listener(dataset);
  }
}

/** Begin to send a file, or go on with one that was sent in part; answers with the upload's key. */
export function startUpload(file: File, name: string, resume?: Dataset): string {
  count += 1;
  const key = `upload-${count}`;
  const upload: Upload = {
    key,
    file,
    name,
    state: "preparing",
    sentBytes: resume?.received_bytes ?? 0,
    bytesPerS: null,
    againAtMs: null,
    problem: null,
    dataset: resume?.id ?? null,
  };
  useUploads.setState(({ uploads }) => ({ uploads: [upload, ...uploads] }));
  void send(key);
  return key;
}

/** Stop sending; what has arrived is kept. */
export function pauseUpload(key: string): void {
  change(key, { state: "paused", bytesPerS: null, againAtMs: null });
  stops.get(key)?.abort();
}

/** Go on with an upload that was paused or has failed. */
export function resumeUpload(key: string): void {
  const upload = find(key);
  if (upload !== undefined && !isUnderWay(upload.state)) {
    void send(key);
  }
}

/** Stop sending and delete what has arrived. */
export async function cancelUpload(key: string): Promise<void> {
  const upload = find(key);
  forgetUpload(key);
  stops.get(key)?.abort();
  if (upload?.dataset && upload.state !== "done") {
    await deleteDataset(upload.dataset, true);
  }
}

/** Take an upload off the list. */
export function forgetUpload(key: string): void {
  useUploads.setState(({ uploads }) => ({ uploads: uploads.filter((each) => each.key !== key) }));
}

async function send(key: string): Promise<void> {
  const upload = find(key);
  if (upload === undefined) {
    return;
  }
  const stop = new AbortController();
  stops.set(key, stop);
  // A piece may arrive just when one pauses: what is said after that is no news.
  const tell = (changes: Partial<Upload>) => !stop.signal.aborted && change(key, changes);
  tell({ state: "preparing", problem: null });
  try {
    const dataset = await uploadDataset(upload.file, {
      name: upload.name,
      signal: stop.signal,
      resume: upload.dataset ? { id: upload.dataset, received_bytes: upload.sentBytes } : undefined,
      onAnnounced: ({ id }) => keepOrDrop(key, id),
      onProgress: (sentBytes, total, bytesPerS) => {
        const state = sentBytes === total ? "checking" : "sending";
        tell({ state, sentBytes, bytesPerS, againAtMs: null });
      },
      onWaiting: (seconds) =>
        tell({ state: "waiting", bytesPerS: null, againAtMs: Date.now() + 1000 * seconds }),
    });
    change(key, { state: "done", dataset: dataset.id });
    tellEnd(dataset);
  } catch (problem) {
    const ended = { problem, bytesPerS: null, againAtMs: null };
    if (isRefused(problem)) {
      tell({ ...ended, state: "refused", dataset: null });
      tellEnd(null);
    } else {
      tell({ ...ended, state: "failed" });
    }
  } finally {
    if (stops.get(key) === stop) {
      stops.delete(key);
    }
  }
}

/** The file is none that can be used, or its data set is gone: sending it again would not help. */
const isRefused = (problem: unknown): boolean =>
  problem instanceof Refusal && [404, 413, 422].includes(problem.status);

/** Remember what the server calls the file; if it was cancelled while that was asked, nobody wants it. */
function keepOrDrop(key: string, dataset: string): void {
  if (find(key) === undefined) {
    deleteDataset(dataset, true).catch(() => undefined); // it stays on the list of half-sent files
  } else {
    change(key, { dataset });
  }
}

const find = (key: string): Upload | undefined =>
  useUploads.getState().uploads.find((each) => each.key === key);

function change(key: string, changes: Partial<Upload>): void {
  useUploads.setState(({ uploads }) => ({
    uploads: uploads.map((each) => (each.key === key ? { ...each, ...changes } : each)),
  }));
}

/** Ask before the page is closed while something is on its way. */
window.addEventListener("beforeunload", (event) => {
  if (useUploads.getState().uploads.some((each) => isUnderWay(each.state))) {
    event.preventDefault();
  }
});
