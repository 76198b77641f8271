/** Everything a node of the canvas shows, worked out once per change and the same object as long as nothing changed. */
import type {
  CanvasExtras,
  Diagnostic,
  EditorState,
  GraphNode,
  NodeRun,
  PlannedNode,
} from "@/editor/types";
import { type Passages, passagesOf } from "@/graph/bypass";
import { type Catalogue, type NodeOperator, operatorOf } from "@/graph/catalogue";
import type { Edge } from "@/graph/connecting";
import { standInOf } from "@/graph/reuse";
import type { AnyState } from "@/ui/states";
import { NODE_WIDTH, nodeHeight, type Size } from "./geometry";
import { mostTelling } from "./insideComponents";
import { type BodyLine, bodyOf } from "./nodeBody";
import { shownState } from "./nodeState";

export interface NodeView extends Size {
  [key: string]: unknown;
  node: GraphNode;
  operator: NodeOperator;
  state: AnyState | null;
  /** Why it has this state; empty if there is nothing to say. */
  why: string;
  lines: readonly BodyLine[];
  problems: readonly Diagnostic[];
  isCollapsed: boolean;
  /** Of a bypassed node: which input each output hands on. Null for a node that is used. */
  passages: Passages | null;
  /** The operator that stands in for it while it uses a trained model; null if it does its own work. */
  standIn: NodeOperator | null;
  /** Input ports that have a connection, written or wired. */
  connected: ReadonlySet<string>;
  run: NodeRun | undefined;
  planned: PlannedNode | undefined;
}

type Sources = Pick<EditorState, "graph" | "diagnostics" | "canvas" | "run" | "plan">;

const NO_PROBLEMS: readonly Diagnostic[] = [];

/** A function that tells what nodes show; it remembers what it told, node by node. */
export function createNodeViews(catalogue: Catalogue) {
  let last: ReadonlyMap<string, NodeView> = new Map();
  return (sources: Sources, edges: readonly Edge[]): ReadonlyMap<string, NodeView> => {
    const next = new Map<string, NodeView>();
    if (sources.graph !== null) {
      const problems = problemsByNode(sources.diagnostics);
      const connected = connectedPorts(edges);
      const passages = passagesOf(catalogue, sources.graph);
      const [runInside, planInside] = [
        mostTelling(sources.run?.nodes),
        mostTelling(sources.plan?.nodes),
      ];
      for (const node of sources.graph.nodes) {
        const operator = operatorOf(catalogue, sources.graph, node);
        const found = {
          node,
          operator,
          problems: problems.get(node.id) ?? NO_PROBLEMS,
          connected: connected.get(node.id) ?? new Set<string>(),
          passages: passages.get(node.id) ?? null,
          standIn: standInOf(catalogue, node, operator),
          run: sources.run?.nodes[node.id] ?? runInside.get(node.id),
          planned: sources.plan?.nodes[node.id] ?? planInside.get(node.id),
        };
        next.set(node.id, remembered(last.get(node.id), found, sources.canvas));
      }
    }
    last = next;
    return next;
  };
}

type Found = Pick<
  NodeView,
  "node" | "operator" | "problems" | "passages" | "standIn" | "connected" | "run" | "planned"
>;

function remembered(before: NodeView | undefined, found: Found, canvas: CanvasExtras): NodeView {
  const isCollapsed = canvas.collapsed.has(found.node.id);
  const width = canvas.sizes[found.node.id]?.width ?? NODE_WIDTH;
  if (
    before !== undefined &&
    before.node === found.node &&
    before.operator === found.operator &&
    before.run === found.run &&
    before.isCollapsed === isCollapsed &&
    before.width === width &&
    isSamePlan(before.planned, found.planned) &&
    isSameSet(before.connected, found.connected) &&
    isSamePassage(before.passages, found.passages) &&
    isSameList(before.problems, found.problems)
  ) {
    return before;
  }
  return describe(found, isCollapsed, width);
}

function describe(found: Found, isCollapsed: boolean, width: number): NodeView {
  const errors = found.problems.filter((problem) => problem.severity === "error");
  const { bypass: isAside } = found.node;
  const lines = bodyOf(found.node, isAside ? undefined : found.run, found.problems);
  return {
    ...found,
    state: isAside ? null : shownState(found.run, found.planned, errors.length > 0),
    why: isAside ? "" : (errors[0]?.message ?? found.planned?.why ?? found.run?.why ?? ""),
    lines,
    isCollapsed,
    width,
    height: nodeHeight({
      inputs: found.operator.inputs.length,
      outputs: found.operator.outputs.length,
      isCollapsed,
      lines: lines.map((line) => line.kind),
    }),
  };
}

function problemsByNode(
  diagnostics: readonly Diagnostic[],
): ReadonlyMap<string, readonly Diagnostic[]> {
  const found = new Map<string, Diagnostic[]>();
  for (const diagnostic of diagnostics) {
    const node = diagnostic.place?.node;
    if (node) {
      found.set(node, [...(found.get(node) ?? []), diagnostic]);
    }
  }
  return found;
}

function connectedPorts(edges: readonly Edge[]): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>();
  for (const { target } of edges) {
    const ports = found.get(target.node) ?? new Set();
    ports.add(target.port);
    found.set(target.node, ports);
  }
  return found;
}

const isSamePlan = (first: PlannedNode | undefined, second: PlannedNode | undefined) =>
  first === second || (first?.state === second?.state && first?.why === second?.why);

const isSameSet = (first: ReadonlySet<string>, second: ReadonlySet<string>) =>
  first.size === second.size && [...first].every((item) => second.has(item));

const isSamePassage = (first: Passages | null, second: Passages | null) =>
  first === second ||
  (first !== null &&
    second !== null &&
    first.size === second.size &&
    [...first].every(([output, input]) => second.get(output) === input));

/** The server's answers bring equal diagnostics as new objects. */
const isSameList = (first: readonly Diagnostic[], second: readonly Diagnostic[]) =>
  first === second || (first.length === second.length && sayings(first) === sayings(second));

const sayings = (diagnostics: readonly Diagnostic[]) =>
  JSON.stringify(diagnostics.map(({ code, message, place }) => [code, message, place?.port]));
