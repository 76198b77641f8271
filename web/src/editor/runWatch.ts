/** What a run tells, folded into one view: read once, then kept up to date by its events, ten times a second. */
import { BASE } from "@/api/client";
import { listen, type RunEvent, type StreamListener } from "@/api/events";
import { isFinal } from "@/ui/states";
import type { EditorServer, Run } from "./server";
import { Spark, sparkMetric } from "./spark";
import type { NodeRun, RunState, RunView } from "./types";

const PAUSE_MS = 100;
/** Curves to read when a run is opened in the middle; more nodes than that rarely train. */
const MOST_CURVES = 20;

type Listen = (path: string, listener: StreamListener) => () => void;

export interface RunWatchOptions {
  server: EditorServer;
  show(run: RunView | null): void;
  /** A node or the run came to an end, or waits for somebody. */
  announce?(what: { node: string | null; state: RunState }): void;
  listenTo?: Listen;
}

/** Watches one run at a time. */
export class RunWatch {
  private view: RunView | null = null;
  private sparks = new Map<string, Spark>();
  private events: RunEvent[] = [];
  private timer: ReturnType<typeof setTimeout> | undefined;
  private stopListening: () => void = () => {};
  private watched: string | null = null;
  /** How many answers are on their way; events wait for them, or an older answer would undo them. */
  private reading = 0;

  constructor(private readonly options: RunWatchOptions) {}

  get run(): string | null {
    return this.watched;
  }

  /** Watch a run, or none. Resolves when its present state is shown. */
  async watch(run: string | null): Promise<void> {
    this.close();
    this.watched = run;
    this.view = null;
    this.sparks = new Map();
    if (run === null) {
      this.options.show(null);
      return;
    }
    const found = await this.read(run);
    if (found === null) {
      return;
    }
    if (isFinal(found.state)) {
      this.options.announce?.({ node: null, state: found.state }); // it ended before one could listen
    } else {
      this.listen(run);
    }
  }

  private listen(run: string): void {
    const listenTo = this.options.listenTo ?? listen;
    this.stopListening = listenTo(`${BASE}/runs/${run}/events`, {
      onEvent: (event) => {
        this.events.push(event);
        this.flushSoon();
      },
      onGap: () => void this.read(run).catch(() => {}), // the stream reports that it is lost
      onConnection: (state) => {
        if (state === "open") {
          void this.read(run).catch(() => {}); // what happened before the stream was open
        }
      },
    });
  }

  private flushSoon(): void {
    this.timer ??= setTimeout(() => this.flush(), PAUSE_MS);
  }

  private async read(run: string): Promise<Run | null> {
    this.reading += 1;
    try {
      return await this.readNow(run);
    } finally {
      this.reading -= 1;
      this.flushSoon();
    }
  }

  private async readNow(run: string): Promise<Run | null> {
    const before = this.view;
    const found = await this.options.server.run(run);
    if (this.watched !== run) {
      return null;
    }
    this.view = runView(found, this.view);
    this.publish();
    if (before !== null) {
      this.announceChanges(before, this.view);
    }
    await this.readCurves(found);
    return found;
  }

  private async readCurves(run: Run): Promise<void> {
    const nodes = run.nodes.filter((node) => !this.sparks.has(node.id));
    const wanted = nodes
      .map((node) => ({ node: node.id, name: sparkMetric(Object.keys(node.metrics)) }))
      .filter((each) => each.name !== null)
      .slice(0, MOST_CURVES);
    await Promise.all(
      wanted.map(async ({ node, name }) => {
        if (name === null) {
          return;
        }
        const values = await this.options.server.curve(run.id, node, name).catch(() => []);
        const spark = this.sparks.get(node);
        if (this.watched === run.id && values.length > 1 && spark === undefined) {
          this.sparks.set(node, Spark.of(name, values));
        }
      }),
    );
    if (this.watched === run.id && wanted.length > 0) {
      this.publish();
    }
  }

  private flush(): void {
    this.timer = undefined;
    const before = this.view;
    if (this.reading > 0 || before === null) {
      return;
    }
    const events = this.events.splice(0);
    for (const event of events) {
      if (event.kind === "node_metrics") {
        this.addPoints(event);
      }
    }
    this.view = events.reduce(viewAfter, before);
    this.publish();
    this.announceChanges(before, this.view);
    if (isFinal(this.view.state)) {
      this.stopListening();
    }
  }

  private addPoints(event: Extract<RunEvent, { kind: "node_metrics" }>): void {
    const known = this.sparks.get(event.node);
    const better = known === undefined || sparkMetric([known.name, event.name]) === event.name;
    if (known?.name === event.name) {
      known.add(event.values);
    } else if (better) {
      this.sparks.set(event.node, Spark.of(event.name, event.values));
    }
  }

  private publish(): void {
    if (this.view === null) {
      return;
    }
    this.view = withSparks(this.view, this.sparks);
    this.options.show(this.view);
  }

  private announceChanges(before: RunView, now: RunView): void {
    for (const [node, { state }] of Object.entries(now.nodes)) {
      const isWorthIt = state === "failed" || state === "waiting" || state === "succeeded";
      if (isWorthIt && before.nodes[node]?.state !== state) {
        this.options.announce?.({ node, state });
      }
    }
    if (before.state !== now.state && isFinal(now.state)) {
      this.options.announce?.({ node: null, state: now.state });
    }
  }

  /** Stop watching. */
  close(): void {
    this.stopListening();
    this.stopListening = () => {};
    clearTimeout(this.timer);
    this.timer = undefined;
    this.events = [];
    this.watched = null;
  }
}

/** A run as the editor shows it. Points of curves that are known already stay. */
function runView(run: Run, before: RunView | null): RunView {
  const nodes = run.nodes.map((node): [string, NodeRun] => [
    node.id,
    {
      state: node.state,
      attempt: node.attempt,
      progress: node.state === "running" ? node.progress : null,
      seconds: node.seconds,
      why: node.why,
      fingerprint: node.fingerprint,
      diagnostics: node.diagnostics,
      outputs: node.outputs,
      metrics: node.metrics,
      spark: before?.nodes[node.id]?.spark ?? [],
      request: node.request,
    },
  ]);
  return { id: run.id, state: run.state, nodes: Object.fromEntries(nodes) };
}

const UNKNOWN: NodeRun = {
  state: "pending",
  attempt: 0,
  progress: null,
  seconds: null,
  why: "",
  fingerprint: null,
  diagnostics: [],
  outputs: {},
  metrics: {},
  spark: [],
  request: null,
};

/** The view after an event; untouched nodes stay the same objects. */
function viewAfter(view: RunView, event: RunEvent): RunView {
  if (event.run !== view.id) {
    return view;
  }
  if (event.kind === "run_changed") {
    return { ...view, state: event.state };
  }
  const node = view.nodes[event.node] ?? UNKNOWN;
  return { ...view, nodes: { ...view.nodes, [event.node]: nodeAfter(node, event) } };
}

function nodeAfter(node: NodeRun, event: Exclude<RunEvent, { kind: "run_changed" }>): NodeRun {
  switch (event.kind) {
    case "node_progressed": {
      const { done, unit, time, total = null, eta_s = null } = event;
      return { ...node, progress: { done, unit, time, total, eta_s } };
    }
    case "node_metrics":
      return {
        ...node,
        metrics: { ...node.metrics, [event.name]: event.values.at(-1) ?? null },
      };
    case "node_noted":
      return node;
    case "node_changed":
      return {
        ...node,
        state: event.state,
        attempt: event.attempt || node.attempt,
        why: event.why || node.why,
        fingerprint: event.fingerprint ?? node.fingerprint,
        seconds: event.seconds ?? node.seconds,
        outputs: event.outputs ?? node.outputs,
        diagnostics: event.diagnostics ?? node.diagnostics,
        metrics: { ...node.metrics, ...event.metrics },
        progress: event.state === "running" ? node.progress : null,
        request: event.state === "waiting" ? (event.request ?? node.request) : null,
      };
  }
}

function withSparks(view: RunView, sparks: ReadonlyMap<string, Spark>): RunView {
  const nodes: Record<string, NodeRun> = { ...view.nodes };
  let isChanged = false;
  for (const [id, spark] of sparks) {
    const node = nodes[id];
    if (node !== undefined && node.spark !== spark.points) {
      nodes[id] = { ...node, spark: spark.points };
      isChanged = true;
    }
  }
  return isChanged ? { ...view, nodes } : view;
}
