/** What a use of a component shows: of the nodes inside, which go by `use/inner`, the one that is most worth knowing. */
import type { NodeRun, PlannedNode } from "@/editor/types";
import type { AnyState } from "@/ui/states";

/** The further up, the more it matters to who looks from outside. */
const TELLING: readonly AnyState[] = [
  "failed",
  "waiting",
  "running",
  "queued",
  "pending",
  "cancelled",
  "skipped",
  "draft",
  "stale",
  "ready",
  "may_run",
  "succeeded",
  "cached",
];
const rank = ({ state }: { state: AnyState }): number => TELLING.indexOf(state);

type Told = NodeRun | PlannedNode;

/** The most telling node inside each use of a component, by the id of the use. */
export function mostTelling<T extends Told>(
  nodes: Readonly<Record<string, T>> | undefined,
): ReadonlyMap<string, T> {
  const found = new Map<string, T>();
  for (const [id, node] of Object.entries(nodes ?? {})) {
    const slash = id.indexOf("/");
    const use = slash < 0 ? null : id.slice(0, slash);
    if (use === null || ("is_job" in node && !node.is_job)) {
      continue; // nodes that only describe say nothing about results
    }
    const before = found.get(use);
    if (before === undefined || rank(node) < rank(before)) {
      found.set(use, node);
    }
  }
  return found;
}
