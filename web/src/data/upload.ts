/**
 * Send a file in pieces, through interruptions.
 *
 * What has arrived is the server's to say: after every failure it is asked, and sending goes on there. So a piece that
 * arrived although its answer was lost is not sent twice, and an upload of yesterday goes on where it stopped.
 */
import { Refusal } from "@/api/client";
import { checksumOf } from "./checksum";
import { SpeedMeter } from "./speedMeter";
import { type Dataset, type UploadServer, uploadServer } from "./uploadServer";

export type { Dataset } from "./uploadServer";

/** How to send a file, and whom to tell. */
export interface UploadOptions {
  /** What the data set is to be called; one used before makes its next version. */
  name: string;
  description?: string;
  /** Called after each piece; the rate is null until it can be told. */
  onProgress?(sentBytes: number, totalBytes: number, bytesPerS: number | null): void;
  /** The server knows the file now; with its id the upload can be resumed or deleted. */
  onAnnounced?(dataset: Dataset): void;
  /** The server cannot be reached: the next attempt is in so many seconds. */
  onWaiting?(seconds: number): void;
  /** Stops sending. What has arrived is kept: delete the data set, or resume it. */
  signal?: AbortSignal;
  /** A data set that was announced before, to go on with. */
  resume?: Pick<Dataset, "id" | "received_bytes">;
  server?: UploadServer;
}

const FIRST_PIECE_BYTES = 512 << 10;
/** Pieces that take about so long show progress without costing a request for every little bit. */
const PIECE_S = 1;
const LONGEST_WAIT_S = 30;
/** Attempts in a row without a byte of progress, while the server answers but fails. */
const ATTEMPTS = 6;

/** Send a file and have it checked; answers with the complete data set, or throws a `Refusal` or an `AbortError`. */
export async function uploadDataset(file: File, options: UploadOptions): Promise<Dataset> {
  const server = options.server ?? uploadServer;
  const { signal } = options;
  const longest = await persist(() => server.longestPiece(), options);
  const begun = options.resume ?? (await announce(file, server, options));
  signal?.throwIfAborted();
  await sendPieces(file, begun, longest, server, options);
  return persist(() => server.complete(begun.id, signal), options);
}

async function announce(file: File, server: UploadServer, options: UploadOptions) {
  const dataset = await server.announce({
    name: options.name,
    description: options.description ?? "",
    file_name: file.name,
    size_bytes: file.size,
    sha256: await checksumOf(file, options.signal),
  });
  options.onAnnounced?.(dataset);
  return dataset;
}

async function sendPieces(
  file: File,
  begun: Pick<Dataset, "id" | "received_bytes">,
  longest: number,
  server: UploadServer,
  options: UploadOptions,
): Promise<void> {
  const { signal, onProgress } = options;
  const meter = new SpeedMeter();
  let offset = begun.received_bytes;
  let length = Math.min(FIRST_PIECE_BYTES, longest);
  meter.note(offset);
  onProgress?.(offset, file.size, null);
  const failures = new Failures(options);
  while (offset < file.size) {
    signal?.throwIfAborted();
    const began = performance.now();
    try {
      const piece = file.slice(offset, offset + length);
      offset = (await server.append(begun.id, offset, piece, signal)).received_bytes;
      failures.forget();
      length = nextLength(length, (performance.now() - began) / 1000, longest);
    } catch (problem) {
      await failures.outlive(problem);
      offset = (await persist(() => server.ask(begun.id, signal), options)).received_bytes;
      length = Math.min(FIRST_PIECE_BYTES, longest);
    }
    meter.note(offset);
    onProgress?.(offset, file.size, meter.bytesPerS());
  }
}

/** Longer pieces while they are quick, shorter ones when they are slow; never more than doubled at once. */
export function nextLength(length: number, tookS: number, longest: number): number {
  const fitting = (length * PIECE_S) / Math.max(tookS, 1e-3);
  const shortest = Math.min(64 << 10, longest);
  return Math.round(Math.max(shortest, Math.min(fitting, 2 * length, longest)));
}

/** Do something, again and again while the server cannot be reached. */
async function persist<T>(act: () => Promise<T>, options: UploadOptions): Promise<T> {
  const failures = new Failures(options);
  for (;;) {
    try {
      return await act();
    } catch (problem) {
      if (isElsewhere(problem)) {
        throw problem;
      }
      await failures.outlive(problem);
    }
  }
}

/** Failures in a row, and the patience for them. */
class Failures {
  private count = 0;

  constructor(private readonly options: UploadOptions) {}

  forget(): void {
    this.count = 0;
  }

  /** Wait until it makes sense to try again; throws what cannot be outlived. */
  async outlive(problem: unknown): Promise<void> {
    this.options.signal?.throwIfAborted();
    this.count += 1;
    if (!isPassing(problem) || (this.count > ATTEMPTS && problem.status !== 0)) {
      throw problem;
    }
    const waitS =
      problem.retryAfterS ??
      (isElsewhere(problem) ? 0 : Math.min(2 ** (this.count - 1), LONGEST_WAIT_S));
    if (waitS > 0) {
      this.options.onWaiting?.(waitS);
      await pause(waitS * 1000, this.options.signal);
    }
  }
}

/** Something else has arrived than we thought: ask, and go on there. */
const isElsewhere = (problem: unknown): problem is Refusal =>
  problem instanceof Refusal && problem.status === 409;

/** 507 says that the disk is full: waiting does not help. */
const isPassing = (problem: unknown): problem is Refusal =>
  problem instanceof Refusal &&
  ([0, 408, 409, 429].includes(problem.status) ||
    (problem.status >= 500 && problem.status !== 507));

/** Wait; shorter if the browser is online again before, not at all if it is stopped. */
function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const finish = () => {
      clearTimeout(timer);
      window.removeEventListener("online", finish);
      signal?.removeEventListener("abort", finish);
      if (signal?.aborted) {
        reject(signal.reason);
      } else {
        resolve();
      }
    };
    const timer = setTimeout(finish, ms);
    window.addEventListener("online", finish);
    signal?.addEventListener("abort", finish);
  });
}
