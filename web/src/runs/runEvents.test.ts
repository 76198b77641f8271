import { describe, expect, it } from "vitest";
import { curveKey, withPoints } from "./liveRun";
import { afterEvents } from "./runEvents";
import type { Run, RunNode } from "./runQueries";

const node = (id: string, more: Partial<RunNode> = {}): RunNode => ({
  id,
  operator: "train",
  state: "queued",
  attempt: 0,
  why: "",
  fingerprint: null,
  started: null,
  finished: null,
  seconds: null,
  diagnostics: [],
  request: null,
  progress: null,
  metrics: {},
  outputs: {},
  ...more,
});
const run = { id: "r", state: "queued", nodes: [node("a"), node("b")] } as unknown as Run;

const metrics = (steps: number[], values: number[]) => ({
  kind: "node_metrics" as const,
  run: "r",
  node: "a",
  attempt: 1,
  name: "loss",
  steps,
  values,
  times: steps,
});

describe("a run after events", () => {
  it("has the new states, progress and last values, and the same other nodes", () => {
    const after = afterEvents(run, [
      { kind: "run_changed", seq: 1, run: "r", state: "running", time: 5 },
      {
        kind: "node_changed",
        seq: 2,
        run: "r",
        node: "a",
        state: "running",
        time: 5,
        why: "it never ran",
        attempt: 1,
      } as never,
      {
        kind: "node_progressed",
        run: "r",
        node: "a",
        time: 6,
        done: 3,
        total: 9,
        unit: "step",
        eta_s: null,
      },
      metrics([1, 2], [0.9, 0.5]),
    ]);
    expect(after.state).toBe("running");
    expect(after.nodes[0]).toEqual(
      node("a", {
        state: "running",
        attempt: 1,
        why: "it never ran",
        started: 5,
        progress: { done: 3, total: 9, unit: "step", eta_s: null, time: 6 },
        metrics: { loss: 0.5 },
      }),
    );
    expect(after.nodes[1]).toBe(run.nodes[1]);
  });

  it("asks no longer once a node goes on", () => {
    const asking = { ...run, nodes: [node("a", { state: "waiting", request: { what: "label" } })] };
    const event = { kind: "node_changed", seq: 3, run: "r", node: "a", state: "queued", time: 7 };
    expect(afterEvents(asking, [event as never]).nodes[0]?.request).toBeNull();
  });

  it("stays the same value if nothing of it changed", () => {
    expect(afterEvents(run, [])).toBe(run);
    const other = { kind: "node_progressed", run: "r", node: "gone", time: 1, done: 1, unit: "" };
    expect(afterEvents(run, [other as never])).toBe(run);
  });
});

describe("live points", () => {
  it("gather by run, node and metric", () => {
    const first = withPoints({}, [metrics([1], [0.9]), metrics([2], [0.5])]);
    expect(first).toEqual({
      [curveKey("r", "a", "loss")]: { steps: [1, 2], values: [0.9, 0.5], times: [1, 2] },
    });
    const again = withPoints(first, [metrics([2, 3], [0.4, 0.3])]);
    expect(again[curveKey("r", "a", "loss")]?.values).toEqual([0.9, 0.4, 0.3]);
  });
});
