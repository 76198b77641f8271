import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { RunEvent } from "@/api/events";
import { digits, graphOf, node } from "@/graph/testing";
import type { Run } from "./server";
import { Spark, sparkMetric } from "./spark";
import { FakeServer, fakeStream, openEditor } from "./testing";
import type { RunState } from "./types";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const settle = (milliseconds = 0) => vi.advanceTimersByTimeAsync(milliseconds);

type RunNode = Run["nodes"][number];

function runOf(state: RunState, nodes: Partial<RunNode>[] = [], id = "r1"): Run {
  const usual = { operator: "train", why: "", fingerprint: null, started: null, finished: null };
  return {
    id,
    pipeline: "digits",
    stored_pipeline: "p1",
    state,
    created: 0,
    started: 0,
    finished: null,
    seconds: 0,
    cancel_requested: false,
    description: "",
    scratch: false,
    priority: 0,
    to: [],
    from: [],
    force: [],
    retried_from: null,
    engine: null,
    owner: "ada",
    visibility: "private",
    right: "own",
    graph: digits,
    wired: [],
    nodes: nodes.map((node) => ({
      ...usual,
      id: "fit",
      state: "pending",
      attempt: 1,
      seconds: null,
      diagnostics: [],
      request: null,
      progress: null,
      metrics: {},
      outputs: {},
      ...node,
    })),
  };
}

// The server leaves out what did not change.
const changed = (node: string, state: RunState) =>
  ({ kind: "node_changed", seq: 1, run: "r1", node, state, time: 0, attempt: 1 }) as RunEvent;

const logged = (name: string, ...values: (number | null)[]): RunEvent => ({
  kind: "node_metrics",
  run: "r1",
  node: "fit",
  attempt: 1,
  name,
  steps: values.map((_, index) => index),
  values,
  times: values.map(() => 0),
});

const progressed = (done: number) =>
  ({
    kind: "node_progressed",
    run: "r1",
    node: "fit",
    time: 0,
    done,
    total: 10,
    unit: "epochs",
  }) as RunEvent;

function watching(run: Run) {
  const stream = fakeStream();
  const server = new FakeServer();
  server.runs = [run];
  const editor = openEditor(server, { listenTo: stream.listenTo });
  return { ...editor, stream };
}

describe("a run that goes on", () => {
  const going = () =>
    watching(runOf("running", [{ id: "model" }, { id: "fit", state: "running" }]));

  it("is watched when its pipeline is opened, with the points that were logged before", async () => {
    const editor = watching(
      runOf("running", [{ id: "fit", state: "running", metrics: { accuracy: 0.5, loss: 2 } }]),
    );
    editor.server.curves["r1/fit/loss"] = [4, null, 3, 2];
    await editor.watchLatest();
    expect(editor.state().run).toMatchObject({ id: "r1", state: "running" });
    expect(editor.state().run?.nodes.fit).toMatchObject({
      state: "running",
      metrics: { accuracy: 0.5, loss: 2 },
      spark: [4, 3, 2],
    });
    expect([...editor.stream.listeners.keys()]).toEqual(["/api/v1/runs/r1/events"]);
  });

  it("misses nothing of what happened before the stream stood", async () => {
    const editor = going();
    await editor.watchLatest();
    editor.server.runs = [runOf("succeeded", [{ id: "model" }, { id: "fit", state: "succeeded" }])];
    editor.stream.stand();
    await settle(200);
    expect(editor.state().run?.state).toBe("succeeded");
    expect(editor.state().run?.nodes.fit?.state).toBe("succeeded");
  });

  it("is brought up to date at most ten times a second", async () => {
    const editor = going();
    await editor.watchLatest();
    let updates = 0;
    editor.store.subscribe((state, before) => {
      updates += state.run === before.run ? 0 : 1;
    });
    for (let step = 0; step < 1_000; step++) {
      editor.stream.say(progressed(step), logged("loss", 1_000 - step));
      await settle(1);
    }
    await settle(100);
    expect(updates).toBeGreaterThan(5);
    expect(updates).toBeLessThanOrEqual(11);
    const { fit, model } = editor.state().run?.nodes ?? {};
    expect(fit?.progress).toMatchObject({ done: 999, total: 10, eta_s: null });
    expect(fit?.metrics).toEqual({ loss: 1 });
    expect(fit?.spark.length).toBeLessThanOrEqual(60);
    expect(model?.spark).toEqual([]);
  });

  it("leaves nodes nothing is told of the same objects", async () => {
    const editor = going();
    await editor.watchLatest();
    const before = editor.state().run?.nodes.model;
    editor.stream.say(progressed(1));
    await settle(100);
    expect(editor.state().run?.nodes.model).toBe(before);
  });

  it("tells what ends, and is listened to until it ends itself", async () => {
    const editor = going();
    await editor.watchLatest();
    editor.stream.say(changed("fit", "failed"));
    await settle(100);
    expect(editor.state().run?.nodes.fit).toMatchObject({ state: "failed", progress: null });
    expect(editor.state().announcement).toEqual({
      key: "announce.node.failed",
      values: { node: "fit" },
    });
    editor.stream.say({ kind: "run_changed", seq: 2, run: "r1", state: "failed", time: 0 });
    await settle(100);
    expect(editor.state().run?.state).toBe("failed");
    expect(editor.stream.listeners.size).toBe(0);
    expect(editor.server.asked).toContain("plan"); // results have changed what would run
  });

  it("is read again when news were left out", async () => {
    const editor = going();
    await editor.watchLatest();
    editor.server.runs = [runOf("running", [{ id: "fit", state: "succeeded", seconds: 3 }])];
    for (const listener of editor.stream.listeners.values()) {
      listener.onGap?.();
    }
    await settle();
    expect(editor.state().run?.nodes.fit).toMatchObject({ state: "succeeded", seconds: 3 });
  });

  it("is cancelled, or left for another", async () => {
    const editor = going();
    await editor.watchLatest();
    await editor.actions.cancelRun();
    expect(editor.server.asked).toContain("cancel r1");
    editor.actions.watchRun(null);
    await settle();
    expect(editor.state().run).toBeNull();
    expect(editor.stream.listeners.size).toBe(0);
  });
});

describe("starting a run", () => {
  it("saves what is pending first and watches the run", async () => {
    const editor = watching(runOf("queued"));
    editor.actions.edit([{ kind: "set_setting", node: "fit", setting: "epochs", value: 1 }]);
    expect(await editor.actions.startRun({ to: ["fit"] })).toBe("r1");
    await settle();
    expect(editor.server.asked.slice(0, 2)).toEqual(["edits fit", "run"]);
    expect(editor.state().run).toMatchObject({ id: "r1", state: "queued" });
  });

  it("does not happen while changes cannot be saved", async () => {
    const editor = watching(runOf("queued"));
    editor.server.isDown = true;
    editor.actions.edit([{ kind: "set_setting", node: "fit", setting: "epochs", value: 1 }]);
    await expect(editor.actions.startRun()).rejects.toMatchObject({ status: 0 });
    expect(editor.server.asked).not.toContain("run");
  });

  it("a version is of what was saved", async () => {
    const editor = watching(runOf("queued"));
    editor.actions.edit([{ kind: "set_setting", node: "fit", setting: "epochs", value: 1 }]);
    expect(await editor.actions.saveVersion("first")).toBe(1);
    expect(editor.server.asked.slice(0, 2)).toEqual(["edits fit", "version first"]);
    expect(editor.state().pipeline.num_versions).toBe(1);
  });
});

describe("a run that has ended", () => {
  it("of another pipeline with the same name is not shown", async () => {
    const editor = watching(runOf("succeeded"));
    const other = { ...runOf("running", [], "r2"), graph: graphOf(node("a", "data.digits")) };
    editor.server.runs = [other, runOf("succeeded", [{ id: "fit" }])];
    await editor.watchLatest();
    expect(editor.state().run?.id).toBe("r1");
  });

  it("is shown and not listened to", async () => {
    const editor = watching(runOf("succeeded", [{ id: "fit", state: "cached" }]));
    await editor.watchLatest();
    expect(editor.state().run?.nodes.fit?.state).toBe("cached");
    expect(editor.stream.listeners.size).toBe(0);
  });
});

describe("the plan", () => {
  it("is asked for after a pause, for the newest text, and kept until another one comes", async () => {
    const editor = watching(runOf("succeeded"));
    for (const value of [1, 2, 3]) {
      editor.actions.edit([{ kind: "set_setting", node: "fit", setting: "epochs", value }]);
      await settle(100);
    }
    expect(editor.state().plan).toBeNull();
    await settle(600);
    expect(editor.server.asked.filter((asked) => asked === "plan")).toEqual(["plan"]);
    expect(editor.state().plan).toMatchObject({ jobsToRun: 6, jobsCached: 0 });
    expect(editor.state().plan?.nodes.fit?.state).toBe("ready");
    const before = editor.state().plan?.nodes.fit;
    await editor.actions.refreshPlan();
    expect(editor.state().plan?.nodes.fit).toBe(before);
  });

  it("is asked for when a pipeline is opened, and there is none of a text with mistakes", async () => {
    const editor = watching(runOf("succeeded"));
    await settle(600);
    expect(editor.state().plan).not.toBeNull();
    editor.actions.editText("{");
    await settle(1_200);
    expect(editor.state().plan).toBeNull();
  });
});

describe("the line in a node", () => {
  it("is of a loss, of training first", () => {
    expect(sparkMetric(["accuracy", "valid_loss", "loss"])).toBe("loss");
    expect(sparkMetric(["accuracy", "valid/loss.mean", "valid_loss"])).toBe("valid_loss");
    expect(sparkMetric(["accuracy", "f1"])).toBe("accuracy");
    expect(sparkMetric([])).toBeNull();
  });

  it("keeps its shape in few points", () => {
    const values = Array.from({ length: 10_000 }, (_, index) => index);
    const { points } = Spark.of("loss", values);
    expect(points.length).toBeGreaterThanOrEqual(30);
    expect(points.length).toBeLessThanOrEqual(60);
    const steps = points.slice(1).map((value, index) => value - (points[index] ?? 0));
    expect(new Set(steps).size).toBeLessThanOrEqual(2);
  });
});
