import { afterEach, expect, it, vi } from "vitest";
import { Refusal } from "@/api/client";
import { deleteDataset } from "./datasets";
import { datasetWith } from "./surveyed.testing";
import { type UploadOptions, uploadDataset } from "./upload";
import {
  cancelUpload,
  onUploadEnd,
  pauseUpload,
  resumeUpload,
  startUpload,
  useUploads,
} from "./uploads";

vi.mock("./upload", () => ({ uploadDataset: vi.fn() }));
vi.mock("./datasets", async (original) => ({
  ...(await original<typeof import("./datasets")>()),
  deleteDataset: vi.fn(async () => undefined),
}));

/** An upload whose course the test decides. */
function controlled() {
  const calls: { options: UploadOptions; finish: () => void; fail: (problem: unknown) => void }[] =
    [];
  vi.mocked(uploadDataset).mockImplementation(
    (_, options) =>
      new Promise((resolve, reject) => {
        options.signal?.addEventListener("abort", () => reject(options.signal?.reason));
        calls.push({ options, finish: () => resolve(datasetWith({ id: "d1" })), fail: reject });
      }),
  );
  return calls;
}

const file = new File(["0123456789"], "pets.zip");
const only = () => useUploads.getState().uploads[0];
const settle = () => new Promise((resolve) => setTimeout(resolve));

afterEach(() => {
  useUploads.setState({ uploads: [] });
  vi.mocked(deleteDataset).mockClear();
});

it("tells how far an upload is, until it has arrived", async () => {
  const calls = controlled();
  const arrived: (string | undefined)[] = [];
  const stop = onUploadEnd((dataset) => arrived.push(dataset?.id));
  startUpload(file, "pets");
  expect(only()).toMatchObject({ state: "preparing", sentBytes: 0, dataset: null });
  calls[0]?.options.onAnnounced?.(datasetWith({ id: "d1" }));
  calls[0]?.options.onProgress?.(4, 10, 2);
  expect(only()).toMatchObject({ state: "sending", sentBytes: 4, bytesPerS: 2, dataset: "d1" });
  calls[0]?.options.onWaiting?.(8);
  expect(only()).toMatchObject({ state: "waiting", bytesPerS: null });
  calls[0]?.options.onProgress?.(10, 10, 2);
  expect(only()).toMatchObject({ state: "checking", againAtMs: null });
  calls[0]?.finish();
  await settle();
  expect(only()).toMatchObject({ state: "done" });
  expect(arrived).toEqual(["d1"]);
  stop();
});

it("pauses, whatever arrives at that moment, and goes on with the same data set", async () => {
  const calls = controlled();
  const key = startUpload(file, "pets");
  calls[0]?.options.onAnnounced?.(datasetWith({ id: "d1" }));
  calls[0]?.options.onProgress?.(4, 10, 2);
  pauseUpload(key);
  calls[0]?.options.onProgress?.(6, 10, 2);
  await settle();
  expect(only()).toMatchObject({ state: "paused", sentBytes: 4, problem: null });
  resumeUpload(key);
  expect(calls[1]?.options.resume).toEqual({ id: "d1", received_bytes: 4 });
});

it("keeps what failed, so that it can be tried again", async () => {
  const calls = controlled();
  const key = startUpload(file, "pets");
  const problem = new Refusal(507, "the disk is full");
  calls[0]?.fail(problem);
  await settle();
  expect(only()).toMatchObject({ state: "failed", problem });
  resumeUpload(key);
  expect(only()).toMatchObject({ state: "preparing", problem: null });
});

it("does not offer to go on with a file that the server does not want", async () => {
  const calls = controlled();
  let ends = 0;
  const stop = onUploadEnd(() => {
    ends += 1;
  });
  const key = startUpload(file, "pets");
  calls[0]?.options.onAnnounced?.(datasetWith({ id: "d1" }));
  calls[0]?.fail(new Refusal(422, "there is no image in it"));
  await settle();
  expect(only()).toMatchObject({ state: "refused", dataset: null });
  await cancelUpload(key);
  expect(deleteDataset).not.toHaveBeenCalled(); // the server has done so
  expect(ends).toBe(1);
  stop();
});

it("deletes what has arrived of a cancelled upload", async () => {
  const calls = controlled();
  const key = startUpload(file, "pets");
  calls[0]?.options.onAnnounced?.(datasetWith({ id: "d1" }));
  await cancelUpload(key);
  expect(useUploads.getState().uploads).toEqual([]);
  expect(vi.mocked(deleteDataset).mock.calls).toEqual([["d1", true]]);
});

it("deletes what was announced after it was cancelled", async () => {
  const calls = controlled();
  const key = startUpload(file, "pets");
  await cancelUpload(key);
  expect(deleteDataset).not.toHaveBeenCalled();
  calls[0]?.options.onAnnounced?.(datasetWith({ id: "late" }));
  expect(vi.mocked(deleteDataset).mock.calls).toEqual([["late", true]]);
});
