/** A server for tests of the editor: it keeps one draft, as a text that is JSON. */
import { Refusal } from "@/api/client";
import type { RunEvent, StreamListener } from "@/api/events";
import { applyEdits, BadEdit } from "@/graph/edits";
import { readLayout } from "@/graph/groups";
import { catalogue, digits } from "@/graph/testing";
import type { EditorServer, Run, Sketch } from "./server";
import { createEditor, type EditorOptions } from "./store";
import type { Edit, Graph, Layout, Pipeline } from "./types";

/** A text with this graph. */
export function textOf(graph: Graph, layout: Layout = {}, comment = ""): string {
  return JSON.stringify({ comment, graph, layout });
}

function sketchOf(text: string): Sketch {
  const sketch: Sketch = {
    name: "digits",
    description: "",
    graph: null,
    layout: {},
    wired: [],
    diagnostics: [],
    is_valid: false,
  };
  try {
    const { graph, layout } = JSON.parse(text);
    const written = Object.entries(layout as Layout).map(([id, { x, y }]) => [id, [x, y]]);
    return { ...sketch, graph, layout: Object.fromEntries(written), is_valid: true };
  } catch {
    return sketch;
  }
}

function edited(text: string, edits: readonly Edit[]): string {
  const { graph, layout, comment } = JSON.parse(text);
  const { canvas } = readLayout({});
  const sheet = applyEdits({ graph, layout, canvas }, edits);
  return textOf(sheet.graph, sheet.layout, comment);
}

export class FakeServer implements EditorServer {
  text = textOf(digits);
  revision = 1;
  author = "ada";
  /** What was asked, in order. */
  readonly asked: string[] = [];
  /** Settings with this name are refused. */
  forbidden = "forbidden";
  isDown = false;
  /** The next change is made, but its answer is lost. */
  losesAnswer = false;
  runs: Run[] = [];
  curves: Record<string, (number | null)[]> = {};
  private gate: Promise<void> = Promise.resolve();

  /** Hold every answer back until the returned function is called. */
  hold(): () => void {
    let release = () => {};
    this.gate = new Promise((resolve) => {
      release = resolve;
    });
    return release;
  }

  get pipeline(): Pipeline {
    return {
      id: "p1",
      name: "digits",
      description: "",
      revision: this.revision,
      num_versions: 0,
      owner: "ada",
      visibility: "private",
      right: "own",
      created: 0,
      changed: 0,
      changed_by: this.author,
      text: this.text,
    };
  }

  /** Somebody else changes the draft. */
  changedBy(name: string, edits: readonly Edit[]): void {
    this.author = name;
    this.revision += 1;
    this.text = edited(this.text, edits);
  }

  private async answer(asked: string): Promise<void> {
    this.asked.push(asked);
    await this.gate;
    if (this.isDown) {
      throw new Refusal(0, "no connection");
    }
  }

  private save(text: string): void {
    this.text = text;
    this.revision += 1;
    this.author = "ada";
    if (this.losesAnswer) {
      this.losesAnswer = false;
      throw new Refusal(0, "connection lost");
    }
  }

  private requireRevision(revision: number): void {
    if (revision !== this.revision) {
      throw new Refusal(412, "somebody else was faster");
    }
  }

  async open() {
    const pipeline = await this.load();
    return { pipeline, sketch: await this.check(pipeline.text) };
  }

  async load(): Promise<Pipeline> {
    await this.answer("load");
    return this.pipeline;
  }

  async check(text: string): Promise<Sketch> {
    if (this.isDown) {
      throw new Refusal(0, "no connection");
    }
    return sketchOf(text);
  }

  async sendEdits(edits: readonly Edit[], revision: number) {
    await this.answer(`edits ${edits.map((edit) => ("node" in edit ? edit.node : "")).join()}`);
    this.requireRevision(revision);
    if (edits.some((edit) => edit.kind === "set_setting" && edit.setting === this.forbidden)) {
      throw new Refusal(409, "shared through an alias");
    }
    try {
      this.save(edited(this.text, edits));
    } catch (problem) {
      throw problem instanceof BadEdit ? new Refusal(409, problem.message) : problem;
    }
    return { pipeline: this.pipeline, sketch: sketchOf(this.text) };
  }

  async saveText(text: string, revision: number): Promise<Pipeline> {
    await this.answer("text");
    this.requireRevision(revision);
    this.save(text);
    return this.pipeline;
  }

  async saveVersion(message: string, revision: number) {
    await this.answer(`version ${message}`);
    this.requireRevision(revision);
    return { number: 1, message, author: "ada", created: 0, text: this.text };
  }

  async plan(text: string) {
    this.asked.push("plan");
    const { graph } = sketchOf(text);
    return {
      nodes: (graph?.nodes ?? []).map((node) => ({
        node: node.id,
        operator: node.op,
        state: "ready" as const,
        why: "",
        is_job: true,
        fingerprint: null,
        expected_s: null,
        last_run: null,
        changes: [],
      })),
      jobs_to_run: graph?.nodes.length ?? 0,
      jobs_that_may_run: 0,
      jobs_cached: 0,
      bypassed: [],
      expected_s: null,
    };
  }

  async startRun(): Promise<Run> {
    await this.answer("run");
    return this.run("r1");
  }

  async run(id: string): Promise<Run> {
    const found = this.runs.find((run) => run.id === id);
    if (found === undefined) {
      throw new Refusal(404, "no such run");
    }
    return found;
  }

  cancelRun(id: string): Promise<Run> {
    this.asked.push(`cancel ${id}`);
    return this.run(id);
  }

  async recentRuns(): Promise<readonly string[]> {
    return this.runs.map((run) => run.id);
  }

  async curve(run: string, node: string, name: string): Promise<readonly (number | null)[]> {
    return this.curves[`${run}/${node}/${name}`] ?? [];
  }
}

/** An editor of the fake server's draft, and what it told. */
export function openEditor(server = new FakeServer(), options: Partial<EditorOptions> = {}) {
  const told: string[] = [];
  const opened = createEditor({
    server,
    catalogue,
    pipeline: server.pipeline,
    sketch: sketchOf(server.text),
    tell: (reason) => told.push(reason.key),
    ...options,
  });
  const { actions } = opened.store.getState();
  return { ...opened, server, told, actions, state: () => opened.store.getState() };
}

/** A stream of events that a test speaks into. */
export function fakeStream() {
  const listeners = new Map<string, StreamListener>();
  return {
    listeners,
    listenTo(path: string, listener: StreamListener) {
      listeners.set(path, listener);
      queueMicrotask(() => listener.onConnection?.("open"));
      return () => listeners.delete(path);
    },
    /** From now on nothing is missed. */
    stand() {
      for (const listener of listeners.values()) {
        listener.onConnection?.("open");
      }
    },
    say(...events: RunEvent[]) {
      for (const listener of listeners.values()) {
        events.forEach((event) => {
          listener.onEvent(event);
        });
      }
    },
  };
}
