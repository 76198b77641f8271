import { describe, expect, it } from "vitest";
import type { NodeRun, PlannedNode, PlanView, RunState, RunView } from "@/editor/types";
import { jobsToShow } from "./PlannedJobs";
import { progressOf } from "./RunProgress";

const node = (state: RunState, progress: NodeRun["progress"] = null): NodeRun => ({
  state,
  attempt: 1,
  progress,
  seconds: null,
  why: "",
  fingerprint: null,
  diagnostics: [],
  outputs: {},
  metrics: {},
  spark: [],
  request: null,
});

const planned = (id: string, extra: Partial<PlannedNode>): PlannedNode => ({
  node: id,
  operator: "train",
  state: "stale",
  why: "",
  is_job: true,
  fingerprint: null,
  expected_s: null,
  last_run: null,
  changes: [],
  ...extra,
});

describe("progress of a run", () => {
  const run: RunView = {
    id: "r",
    state: "running",
    nodes: {
      data: node("cached"),
      fit: node("running", { done: 5, total: 10, unit: "epochs", eta_s: 30, time: 0 }),
      score: node("pending"),
      labels: node("pending"),
    },
  };

  it("counts nodes, their own progress, and the time of what is known to follow", () => {
    const plan: PlanView = {
      nodes: { score: planned("score", { expected_s: 12 }), labels: planned("labels", {}) },
      jobsToRun: 3,
      jobsThatMayRun: 0,
      jobsCached: 1,
      expectedS: 60,
    };
    expect(progressOf(run, plan)).toEqual({ done: 1, total: 4, etaS: 42, share: 0.375 });
  });

  it("has no time where nothing is known", () => {
    expect(progressOf({ ...run, nodes: { score: node("pending") } }, null)).toEqual({
      done: 0,
      total: 1,
      etaS: null,
      share: 0,
    });
  });
});

describe("the plan", () => {
  it("lists jobs that are not reused", () => {
    const nodes = [
      planned("a", { state: "cached" }),
      planned("b", { is_job: false }),
      planned("c", { state: "may_run" }),
      planned("d", {}),
    ];
    expect(jobsToShow(nodes).map((each) => each.node)).toEqual(["c", "d"]);
  });
});
