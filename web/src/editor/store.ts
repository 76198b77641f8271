/** The editor: one document, what is selected in it, and what becomes of it. */
import { createStore, type StoreApi } from "zustand";
import { Refusal } from "@/api/client";
import type { Catalogue } from "@/graph/catalogue";
import { resembles } from "@/graph/difference";
import { indexOfNodes } from "@/graph/reading";
import { createActions } from "./actions";
import { Announcer } from "./announcer";
import { Draft } from "./draft";
import { History } from "./history";
import { type Moment, momentOf } from "./moment";
import { Planner, planView } from "./plan";
import { RunWatch, type RunWatchOptions } from "./runWatch";
import type { EditorServer, Sketch } from "./server";
import type { Diagnostic, EditorActions, EditorState, Pipeline, Reason, Snapshot } from "./types";
import { writeUnsent } from "./unsent";

export type EditorStore = StoreApi<EditorState & { actions: EditorActions }>;

export interface EditorOptions {
  pipeline: Pipeline;
  /** What `POST /text/check` says of the pipeline's text. */
  sketch: Sketch;
  server: EditorServer;
  catalogue: Catalogue;
  /** Changes that were left unsent: the draft they are based on, and what is wanted. */
  recovered?: { revision: number; acknowledged: Moment; wanted: Moment } | null;
  /** Say something in passing: that changes were merged, say. */
  tell?(reason: Reason, problem?: unknown): void;
  /** A reason as text, for errors that are shown elsewhere. */
  say?(reason: Reason): string;
  listenTo?: RunWatchOptions["listenTo"];
}

export interface OpenedEditor {
  readonly store: EditorStore;
  /** Send what is pending and show what others did: the window or the connection is back. */
  lookAgain(): void;
  /** Show the run that goes on, or the last one. */
  watchLatest(): Promise<void>;
  /** Read anew what the server puts into words: the page speaks another language. */
  readAgain(): Promise<unknown>;
  /** Keep what is unsent in this browser now: the page is about to go. */
  keepUnsent(): void;
  close(): void;
}

/** How long the browser's storage may lag behind; it is brought up to date when the page goes. */
const KEEP_MS = 250;
const NOBODY: ReadonlySet<string> = new Set();

/** What the parts of an open editor have in common. */
export interface EditorParts {
  readonly options: EditorOptions;
  readonly store: EditorStore;
  readonly draft: Draft;
  readonly history: History;
  readonly planner: Planner;
  readonly watch: RunWatch;
  announce(reason: Reason): void;
}

/** Open the editor of a pipeline that was just loaded. */
export function createEditor(options: EditorOptions): OpenedEditor {
  const store: EditorStore = createStore(() => initialState(options));
  const announcer = new Announcer((announcement) => store.setState({ announcement }));
  const announce = (key: string, values: Reason["values"] = {}) => announcer.say({ key, values });
  const history = new History();
  const planner = createPlanner(options, store, announce, () => draft.moment);
  const watch = new RunWatch({
    server: options.server,
    listenTo: options.listenTo,
    show: (run) => store.setState({ run }),
    announce: ({ node, state }) => {
      announce(node === null ? `announce.run.${state}` : `announce.node.${state}`, {
        node: node ?? "",
      });
      if (node === null) {
        void store.getState().actions.refreshPlan();
      }
    },
  });
  const keeper = createKeeper(options.pipeline.id, () => draft.unsent);
  const draft: Draft = new Draft({
    server: options.server,
    pipeline: options.pipeline,
    ...startOf(options),
    onChange: () => {
      show(store, draft, history);
      planner.changed(draft.isSettled && draft.moment.isValid ? draft.moment.text : null);
      keeper.later();
    },
    onRefusedStep: (step) => history.forget(step),
    tell: options.tell ?? (() => {}),
  });
  const parts = {
    options,
    store,
    draft,
    history,
    planner,
    watch,
    announce: ({ key, values }: Reason) => announce(key, values),
  };
  store.setState({ actions: createActions(parts) });
  draft.pump();
  return {
    store,
    lookAgain: () => {
      draft.pump();
      void draft.lookAgain().catch(() => {}); // saving says if there is no connection
    },
    watchLatest: () => watchLatest(options, store, watch),
    readAgain: () =>
      Promise.all([
        draft.readAgain(),
        store.getState().actions.refreshPlan(),
        watch.watch(watch.run),
      ]),
    keepUnsent: keeper.now,
    close: () => {
      keeper.now();
      draft.close();
      planner.close();
      watch.close();
      announcer.close();
    },
  };
}

/** Runs know the name of their pipeline, not its id: of those with the name, the first that looks like this one. */
async function watchLatest(
  { server, pipeline }: EditorOptions,
  store: EditorStore,
  watch: RunWatch,
): Promise<void> {
  for (const id of await server.recentRuns(pipeline.name)) {
    const { graph } = await server.run(id);
    const here = store.getState().graph;
    if (here !== null && resembles(graph, here)) {
      if (watch.run === null) {
        await watch.watch(id);
      }
      return;
    }
  }
}

function startOf({ pipeline, sketch, recovered }: EditorOptions) {
  const present = momentOf(pipeline.text, sketch);
  return recovered ?? { revision: pipeline.revision, acknowledged: present, wanted: present };
}

function initialState(options: EditorOptions): EditorState & { actions: EditorActions } {
  const { pipeline } = options;
  return {
    ...snapshotOf(startOf(options).wanted),
    pipeline,
    mayEdit: pipeline.right === "write" || pipeline.right === "own",
    mayRun: pipeline.right !== "read",
    saving: "saved",
    savingProblem: null,
    conflict: null,
    announcement: null,
    canUndo: false,
    canRedo: false,
    selection: NOBODY,
    run: null,
    plan: null,
    unplannable: NONE,
    actions: {} as EditorActions, // filled in before anybody sees it
  };
}

function snapshotOf({ steps: _, ...snapshot }: Moment) {
  return snapshot;
}

const NONE: readonly Diagnostic[] = [];

/** What is wrong with the document, and with planning it as long as nothing else is known. */
function allProblems(
  { isValid, diagnostics }: Snapshot,
  { unplannable }: EditorState,
): readonly Diagnostic[] {
  return isValid && unplannable.length > 0 ? [...diagnostics, ...unplannable] : diagnostics;
}

/** What stands at nodes that cannot be planned; a server that is not there says nothing about them. */
const aboutNodes = (problem: unknown): readonly Diagnostic[] =>
  problem instanceof Refusal && problem.status === 422
    ? problem.diagnostics.filter(({ place }) => place?.node)
    : NONE;

/** While the text cannot be read, what it described last stays in sight; nothing can be changed there until it can. */
function lastReadable({ graph, layout, canvas, wired }: EditorState, now: Snapshot) {
  return now.graph === null && graph !== null ? { graph, layout, canvas, wired } : {};
}

/** Bring the store up to date; what did not change stays the same object. */
function show(store: EditorStore, draft: Draft, history: History): void {
  const { selection, graph, plan } = store.getState();
  const moment = snapshotOf(draft.moment);
  const snapshot = { ...moment, ...lastReadable(store.getState(), moment) };
  store.setState({
    ...snapshot,
    diagnostics: allProblems(snapshot, store.getState()),
    pipeline: draft.pipeline,
    saving: draft.saving,
    savingProblem: draft.problem,
    conflict: draft.conflict,
    canUndo: history.canUndo,
    canRedo: history.canRedo,
    plan: snapshot.isValid ? plan : null,
    selection: snapshot.graph === graph ? selection : existing(selection, snapshot.graph),
  });
}

function existing(
  selection: ReadonlySet<string>,
  graph: EditorState["graph"],
): ReadonlySet<string> {
  const index = graph === null ? new Map<string, number>() : indexOfNodes(graph);
  const found = [...selection].filter((id) => index.has(id));
  return found.length === selection.size ? selection : new Set(found);
}

function createPlanner(
  { server }: EditorOptions,
  store: EditorStore,
  announce: (key: string, values: Reason["values"]) => void,
  moment: () => Moment,
): Planner {
  return new Planner(server, (answer, problem) => {
    const before = store.getState().plan;
    const plan = answer && planView(answer, before);
    store.setState({ plan, unplannable: aboutNodes(problem) });
    store.setState({ diagnostics: allProblems(moment(), store.getState()) });
    const isOther =
      plan !== null &&
      (plan.jobsToRun !== before?.jobsToRun || plan.jobsCached !== before.jobsCached);
    if (isOther) {
      announce("announce.plan", { run: plan.jobsToRun, cached: plan.jobsCached });
    }
  });
}

function createKeeper(pipeline: string, unsent: () => Draft["unsent"]) {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isKept = true; // what was recovered is still there
  const now = () => {
    clearTimeout(timer);
    timer = undefined;
    const found = unsent();
    if (found !== null || isKept) {
      writeUnsent(pipeline, found);
    }
    isKept = found !== null;
  };
  const later = () => {
    timer ??= setTimeout(now, KEEP_MS);
  };
  return { now, later };
}
