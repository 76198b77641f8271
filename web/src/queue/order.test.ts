import { describe, expect, it } from "vitest";
import { prioritiesFor, waitingRuns } from "./order";
import type { QueuedJob } from "./queueQueries";

const job = (
  run: string | null,
  priority = 0,
  state: QueuedJob["state"] = "queued",
): QueuedJob => ({
  id: `${run}/${priority}/${state}`,
  run,
  node: null,
  operator: null,
  state,
  priority,
  attempt: 1,
  cpus: 1,
  memory_mb: null,
  gpus: [],
  why: "",
});

const jobs = [job("r", 0, "running"), job("a"), job("b"), job(null), job("a"), job("c")];

describe("waitingRuns", () => {
  it("names every waiting run once that can be seen", () => {
    expect(waitingRuns(jobs).map(({ run }) => run)).toEqual(["a", "b", "c"]);
  });
});

describe("prioritiesFor", () => {
  const moved = (...move: [string, "up" | "down" | "top"]) =>
    Object.fromEntries(prioritiesFor(jobs, ...move));

  it("passes the one before, and keeps those further up above", () => {
    expect(moved("b", "up")).toEqual({ b: 1 });
    expect(moved("c", "up")).toEqual({ a: 1, c: 1 });
  });

  it("goes to the top alone", () => {
    expect(moved("c", "top")).toEqual({ c: 1 });
  });

  it("goes down by letting the next one pass", () => {
    expect(moved("a", "down")).toEqual({ b: 1 });
  });

  it("goes above a higher priority", () => {
    expect(Object.fromEntries(prioritiesFor([job("a", 7), job("b", 2)], "b", "up"))).toEqual({
      b: 8,
    });
  });

  it("does nothing at the ends, and for runs that do not wait", () => {
    expect(moved("a", "up")).toEqual({});
    expect(moved("c", "down")).toEqual({});
    expect(moved("a", "top")).toEqual({});
    expect(moved("r", "top")).toEqual({});
  });
});
