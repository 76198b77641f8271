/** Values of JSON: whether two are equal, and keeping the old object where a new one says the same. */
import type { Graph } from "@/editor/types";
import { nodeOf } from "./reading";

/** Whether two values of JSON are equal; the order of keys does not count. */
export function isSame(left: unknown, right: unknown): boolean {
  if (left === right) {
    return true;
  }
  if (typeof left !== "object" || typeof right !== "object" || left === null || right === null) {
    return false;
  }
  if (Array.isArray(left) || Array.isArray(right)) {
    return (
      Array.isArray(left) &&
      Array.isArray(right) &&
      left.length === right.length &&
      left.every((value, index) => isSame(value, right[index]))
    );
  }
  const keys = Object.keys(left);
  return (
    keys.length === Object.keys(right).length &&
    keys.every((key) => Object.hasOwn(right, key) && isSame(at(left, key), at(right, key)))
  );
}

const at = (holder: object, key: string): unknown => (holder as Record<string, unknown>)[key];

/** The new value, or the old object if it says the same: what depends on it need not be made anew. */
export function kept<T>(old: T, now: T): T {
  return isSame(old, now) ? old : now;
}

/** `kept` for a graph: every node that did not change stays the same object. */
export function keptGraph(old: Graph | null, now: Graph | null): Graph | null {
  if (old === null || now === null || old === now) {
    return now;
  }
  const nodes = now.nodes.map((node) => {
    const before = nodeOf(old, node.id);
    return before === undefined ? node : kept(before, node);
  });
  const areSame =
    nodes.length === old.nodes.length && nodes.every((node, index) => node === old.nodes[index]);
  const components = kept(old.components, now.components);
  if (areSame && components === old.components) {
    return old;
  }
  return { ...now, nodes: areSame ? old.nodes : nodes, components };
}

/** `kept` for every value of a mapping. */
export function keptValues<T>(
  old: Readonly<Record<string, T>>,
  now: Readonly<Record<string, T>>,
): Readonly<Record<string, T>> {
  let isEqual = Object.keys(old).length === Object.keys(now).length;
  const found: Record<string, T> = {};
  for (const [key, value] of Object.entries(now)) {
    const before = old[key];
    const chosen = before === undefined ? value : kept(before, value);
    found[key] = chosen;
    isEqual &&= chosen === before;
  }
  return isEqual ? old : found;
}
