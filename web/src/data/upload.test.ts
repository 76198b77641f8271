import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Refusal } from "@/api/client";
import { nextLength, uploadDataset } from "./upload";
import type { Dataset, NewDataset, UploadServer } from "./uploadServer";

/** A server in memory that keeps pieces and refuses those that do not follow. */
class MemoryServer implements UploadServer {
  announced: NewDataset | null = null;
  pieces: { offset: number; length: number }[] = [];
  content = new Uint8Array(0);
  /** Before the n-th piece is taken (0 is the first), this may throw; after it, that. */
  before: (attempt: number) => void = () => {};
  after: (attempt: number) => void = () => {};
  asked = 0;
  private attempt = 0;

  constructor(private readonly longest: number) {}

  longestPiece = async () => this.longest;

  announce = async (file: NewDataset) => {
    this.announced = file;
    return this.dataset();
  };

  ask = async () => {
    this.asked += 1;
    return this.dataset();
  };

  append = async (_: string, offset: number, piece: Blob) => {
    const attempt = this.attempt++;
    this.before(attempt);
    if (offset !== this.content.length) {
      throw new Refusal(409, "this piece does not follow what has arrived");
    }
    const bytes = new Uint8Array(await piece.arrayBuffer());
    this.pieces.push({ offset, length: bytes.length });
    this.content = Uint8Array.from([...this.content, ...bytes]);
    this.after(attempt);
    return this.dataset();
  };

  complete = async () => ({ ...this.dataset(), is_complete: true });

  private dataset() {
    return { id: "d1", received_bytes: this.content.length, is_complete: false } as Dataset;
  }
}

const BYTES = Uint8Array.from({ length: 25 }, (_, index) => index);
const file = () => new File([BYTES], "flowers.zip");
/** Notes each wait and ends it at once. */
const passing = (waits: number[]) => (seconds: number) => {
  waits.push(seconds);
  queueMicrotask(() => vi.runAllTimers());
};
const offline = () => {
  throw new Refusal(0, "Failed to fetch");
};

describe("sending a file", () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("announces it with its checksum, sends it in pieces and has it checked", async () => {
    const server = new MemoryServer(10);
    const told: number[] = [];
    const done = await uploadDataset(file(), {
      name: "Flowers",
      description: "from the garden",
      server,
      onProgress: (sent, total) => told.push(sent, total),
    });
    expect(server.announced).toEqual({
      name: "Flowers",
      description: "from the garden",
      file_name: "flowers.zip",
      size_bytes: 25,
      sha256: "b729ce724d9a48d3884dbfcbee1d3793d922b29fa9d639e7290af4978263772b",
    });
    expect(server.pieces).toEqual([
      { offset: 0, length: 10 },
      { offset: 10, length: 10 },
      { offset: 20, length: 5 },
    ]);
    expect(server.content).toEqual(BYTES);
    expect(told).toEqual([0, 25, 10, 25, 20, 25, 25, 25]);
    expect(done.is_complete).toBe(true);
  });

  it("goes on where the server says after a piece that does not follow", async () => {
    const server = new MemoryServer(10);
    server.content = BYTES.slice(0, 7); // more has arrived than we know of
    await uploadDataset(file(), { name: "f", server, resume: { id: "d1", received_bytes: 0 } });
    expect(server.announced).toBeNull();
    expect(server.pieces.map((piece) => piece.offset)).toEqual([7, 17]);
    expect(server.content).toEqual(BYTES);
  });

  it("does not send a piece twice whose answer was lost", async () => {
    const server = new MemoryServer(10);
    server.after = (attempt) => attempt === 1 && offline();
    const waits: number[] = [];
    await uploadDataset(file(), { name: "f", server, onWaiting: passing(waits) });
    expect(server.pieces.map((piece) => piece.offset)).toEqual([0, 10, 20]);
    expect(server.content).toEqual(BYTES);
    expect(waits).toEqual([1]);
  });

  it("waits longer and longer while the server cannot be reached, as long as it takes", async () => {
    const server = new MemoryServer(25);
    server.before = (attempt) => attempt < 8 && offline();
    const waits: number[] = [];
    await uploadDataset(file(), { name: "f", server, onWaiting: passing(waits) });
    expect(waits).toEqual([1, 2, 4, 8, 16, 30, 30, 30]);
    expect(server.content).toEqual(BYTES);
  });

  it("tries at once when the browser is online again", async () => {
    const server = new MemoryServer(25);
    server.before = (attempt) => attempt === 0 && offline();
    const sending = uploadDataset(file(), {
      name: "f",
      server,
      onWaiting: () => queueMicrotask(() => window.dispatchEvent(new Event("online"))),
    });
    await sending;
    expect(server.content).toEqual(BYTES);
  });

  it("gives up when the server keeps failing, and at once when waiting does not help", async () => {
    const server = new MemoryServer(25);
    server.before = () => {
      throw new Refusal(500, "broken");
    };
    const waits: number[] = [];
    const sending = uploadDataset(file(), { name: "f", server, onWaiting: passing(waits) });
    await expect(sending).rejects.toThrow("broken");
    expect(waits).toEqual([1, 2, 4, 8, 16, 30]);

    const full = new MemoryServer(25);
    full.before = () => {
      throw new Refusal(507, "the disk is full");
    };
    await expect(uploadDataset(file(), { name: "f", server: full })).rejects.toThrow("full");
    expect(full.asked).toBe(0);
  });

  it("stops when it is told to, and keeps what has arrived for later", async () => {
    const server = new MemoryServer(10);
    const stop = new AbortController();
    server.after = (attempt) => attempt === 1 && stop.abort();
    const sending = uploadDataset(file(), { name: "f", server, signal: stop.signal });
    await expect(sending).rejects.toMatchObject({ name: "AbortError" });
    expect(server.content).toEqual(BYTES.slice(0, 20));

    server.after = () => {};
    await uploadDataset(file(), { name: "f", server, resume: { id: "d1", received_bytes: 20 } });
    expect(server.content).toEqual(BYTES);
  });

  it("stops while it waits", async () => {
    const server = new MemoryServer(10);
    server.before = offline;
    const stop = new AbortController();
    const sending = uploadDataset(file(), {
      name: "f",
      server,
      signal: stop.signal,
      onWaiting: () => queueMicrotask(() => stop.abort()),
    });
    await expect(sending).rejects.toMatchObject({ name: "AbortError" });
  });
});

describe("the length of the next piece", () => {
  const kB = 1 << 10;
  it.each([
    ["doubles when a piece was quick", 512 * kB, 0.01, 1024 * kB],
    ["shrinks to what takes a second", 1024 * kB, 4, 256 * kB],
    ["is never longer than the server takes", 10_000 * kB, 0.1, 16_384 * kB],
    ["is never shorter than 64 kB", 64 * kB, 60, 64 * kB],
  ])("%s", (_, length, tookS, next) => {
    expect(nextLength(length, tookS, 16_384 * kB)).toBe(next);
  });
});
