/**
 * What the parts of the editor (canvas, inspector, text panel, run overlay) share.
 *
 * The document is the pipeline file's text. Edits are values of the API (`Edit`); they are applied to the
 * graph at once, here, and to the text by the server (`POST …/edits`), which keeps comments and layout. What the
 * server answers (text, wired connections, diagnostics) replaces the guesses. Undo restores a text, so nothing is lost.
 */
import type { Schemas } from "@/api/client";
import type { PlanState, RunState } from "@/ui/states";

export type Graph = Schemas["Graph"];
export type GraphNode = Schemas["Node"];
export type Edit = Schemas["EditsBody"]["edits"][number];
export type Diagnostic = Schemas["Diagnostic"];
export type Connection = Schemas["Connection"];
export type Pipeline = Schemas["Pipeline"];
export type PlannedNode = Schemas["PlannedNode"];
export type NodeOutput = Schemas["Output"];
export type Progress = Schemas["Progress"];

export interface Position {
  /** Pixels of the canvas, left edge of the node. */
  x: number;
  y: number;
}

export type Layout = Readonly<Record<string, Position>>;

/** A rectangle around nodes with a title. Kept in the file's `layout` section. */
export interface Group {
  id: string;
  title: string;
  nodes: readonly string[];
}

/** A remark on the canvas that belongs to no node. Kept in the file's `layout` section. */
export interface Note extends Position {
  id: string;
  text: string;
  width: number;
  height: number;
}

/** What the canvas keeps besides positions: it changes what is seen, never what a run does. */
export interface CanvasExtras {
  readonly groups: readonly Group[];
  readonly notes: readonly Note[];
  /** Nodes that show only their header. */
  readonly collapsed: ReadonlySet<string>;
  /** Sizes of nodes that somebody resized. */
  readonly sizes: Readonly<Record<string, { width: number; height: number }>>;
}

/** Something to say: a text of the namespace `editor` with its values. */
export interface Reason {
  readonly key: string;
  readonly values: Readonly<Record<string, string | number>>;
}

/** The draft was changed by somebody else, and their changes and ours touch the same nodes. */
export interface Conflict {
  readonly theirs: Pipeline;
  /** Nodes that both changed; empty if one of the two changed the text by hand. */
  readonly nodes: readonly string[];
}

/** The document at one moment. */
export interface Snapshot {
  readonly text: string;
  /** Null while the text is not even a mapping. */
  readonly graph: Graph | null;
  readonly layout: Layout;
  readonly canvas: CanvasExtras;
  /** Connections that are not written but follow, because only one output fits. */
  readonly wired: readonly Connection[];
  readonly diagnostics: readonly Diagnostic[];
  readonly isValid: boolean;
}

/** Whether what is seen is on the server: `conflict` means that somebody else changed the draft meanwhile. */
export type Saving = "saved" | "saving" | "offline" | "conflict" | "refused";

/** What a run has told of a node so far. */
export interface NodeRun {
  readonly state: RunState;
  readonly attempt: number;
  readonly progress: Progress | null;
  readonly seconds: number | null;
  readonly why: string;
  /** What it computes; equal to the plan's where the plan would compute the same. Null while that is not known. */
  readonly fingerprint: string | null;
  readonly diagnostics: readonly Diagnostic[];
  readonly outputs: Readonly<Record<string, NodeOutput>>;
  /** Last values by name. */
  readonly metrics: Readonly<Record<string, number | null>>;
  /** Thinned points of the metric worth watching (loss first), for the line in the node. */
  readonly spark: readonly number[];
  readonly request: Readonly<Record<string, unknown>> | null;
}

export interface RunView {
  readonly id: string;
  readonly state: RunState;
  readonly nodes: Readonly<Record<string, NodeRun>>;
}

/** What would become of the nodes if the draft ran now; null until it was asked for, or while the draft is invalid. */
export interface PlanView {
  readonly nodes: Readonly<Record<string, PlannedNode>>;
  readonly jobsToRun: number;
  readonly jobsThatMayRun: number;
  readonly jobsCached: number;
  readonly expectedS: number | null;
}

export interface EditorState extends Snapshot {
  readonly pipeline: Pipeline;
  /** False for people who may only look. */
  readonly mayEdit: boolean;
  readonly mayRun: boolean;
  readonly saving: Saving;
  /** Why saving was refused or is not possible now; for `ProblemNotice`. */
  readonly savingProblem: unknown;
  /** Who changed the draft meanwhile, while `saving` is `conflict`. */
  readonly conflict: Conflict | null;
  /** What a live region says: states of nodes, what undo did. A new object each time. */
  readonly announcement: Reason | null;
  readonly canUndo: boolean;
  readonly canRedo: boolean;
  readonly selection: ReadonlySet<string>;
  readonly run: RunView | null;
  readonly plan: PlanView | null;
  /** Why there is no plan although the document is valid; part of `diagnostics`. */
  readonly unplannable: readonly Diagnostic[];
}

/** Which part of the graph a run is about; empty lists mean everything. */
export interface RunSelection {
  to?: string[];
  from?: string[];
  force?: string[];
}

/** What a new node is connected with as it appears. */
export interface NewNodeConnection {
  /** An output the new node's input `port` takes. */
  from?: { node: string; port: string; into: string };
  /** An input that takes the new node's output. */
  to?: { node: string; port: string; outOf: string };
}

export interface EditorActions {
  /**
   * Change the document: one step of undo.
   *
   * `burst` names what belongs together: edits with the same burst within a second (typing, a drag) are one step.
   */
  edit(edits: readonly Edit[], options?: { burst?: string }): void;
  /** The whole text was changed by hand (text panel); checked and saved after a short pause. */
  editText(text: string): void;
  undo(): void;
  redo(): void;
  select(nodes: Iterable<string>): void;
  /** The YAML text of these nodes and the connections between them; what the clipboard holds. */
  copyText(nodes: Iterable<string>): string;
  /** Add nodes from YAML text under free ids; answers with the new ids. Throws a `Refusal`-like error with diagnostics. */
  paste(yaml: string, at: Position, options?: { keepsInputs?: boolean }): Promise<string[]>;
  duplicate(nodes: Iterable<string>): string[];
  /** Remove nodes; what was connected through a node stays connected where types allow. */
  remove(nodes: Iterable<string>): void;
  /** Put a title around nodes; answers with the group's id. */
  group(nodes: Iterable<string>, title: string): string;
  /**
   * Add a node of an operator at a place; answers with its id (`split`, `split2`, …).
   *
   * `connect` connects it in the same step of undo: from an output that was dragged, or to an input.
   */
  addNode(
    operator: string,
    at: Position,
    settings?: Record<string, unknown>,
    connect?: NewNodeConnection,
  ): string;
  /** What was typed, drawn or dragged so far is on the server; rejects while it cannot be. */
  saved(): Promise<void>;
  refreshPlan(): Promise<void>;
  /** Save what is pending, start a run, and watch it. */
  startRun(selection?: RunSelection): Promise<string>;
  watchRun(run: string | null): void;
  cancelRun(): Promise<void>;
  saveVersion(message: string): Promise<number>;
  /** After a conflict: take theirs, or put ours over it. */
  resolveConflict(choice: "theirs" | "ours"): Promise<void>;
}

export type { PlanState, RunState };
