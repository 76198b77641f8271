/** What differs between two graphs, for showing it on the canvas. Order and layout do not count. */
import type { Graph, GraphNode } from "@/editor/types";
import { nodeOf } from "./reading";
import { isSame } from "./sameness";

export interface ValueDifference {
  readonly kind: "operator" | "setting" | "input" | "key";
  readonly name: string;
  /** Undefined if it was not set. */
  readonly before: unknown;
  readonly after: unknown;
}

export interface NodeDifference {
  readonly change: "added" | "removed" | "changed";
  readonly values: readonly ValueDifference[];
}

/** Nodes that differ, by id; those that are equal are absent. */
export function difference(before: Graph, after: Graph): ReadonlyMap<string, NodeDifference> {
  const found = new Map<string, NodeDifference>();
  for (const node of after.nodes) {
    const old = nodeOf(before, node.id);
    if (old === undefined) {
      found.set(node.id, { change: "added", values: [] });
    } else if (old !== node) {
      const values = valueDifferences(old, node);
      if (values.length > 0) {
        found.set(node.id, { change: "changed", values });
      }
    }
  }
  for (const node of before.nodes) {
    if (nodeOf(after, node.id) === undefined) {
      found.set(node.id, { change: "removed", values: [] });
    }
  }
  return found;
}

/** Whether one graph may be an earlier or later state of another: half of its nodes are there. */
export function resembles(graph: Graph, other: Graph): boolean {
  const common = graph.nodes.filter(({ id, op }) => nodeOf(other, id)?.op === op);
  return common.length * 2 >= graph.nodes.length;
}

const KEYS = ["needs", "retries", "timeout_s", "note", "reuse", "bypass"] as const;

function valueDifferences(before: GraphNode, after: GraphNode): ValueDifference[] {
  const found: ValueDifference[] = [];
  const compare = (kind: ValueDifference["kind"], name: string, old: unknown, now: unknown) => {
    if (!isSame(old, now)) {
      found.push({ kind, name, before: old, after: now });
    }
  };
  compare("operator", "op", before.op, after.op);
  for (const [kind, old, now] of [
    ["input", before.inputs ?? {}, after.inputs ?? {}],
    ["setting", before.settings ?? {}, after.settings ?? {}],
  ] as const) {
    for (const name of new Set([...Object.keys(old), ...Object.keys(now)])) {
      compare(kind, name, old[name], now[name]);
    }
  }
  for (const key of KEYS) {
    compare("key", key, before[key] || null, after[key] || null);
  }
  return found;
}
