/** Which state a node shows: what a run says of it, unless a change since then matters more. */
import type { NodeRun, PlannedNode } from "@/editor/types";
import type { AnyState } from "@/ui/states";

const OPEN = new Set<AnyState>(["pending", "queued", "running", "waiting"]);
const BAD = new Set<AnyState>(["failed", "cancelled", "skipped"]);

/**
 * The state to show, null if nothing is known.
 *
 * A run that goes on wins; then what would happen now, if a change made the result of the run out of date; failures stay
 * until the node has a result.
 */
export function shownState(
  run: NodeRun | undefined,
  planned: PlannedNode | undefined,
  hasErrors: boolean,
): AnyState | null {
  if (run !== undefined && OPEN.has(run.state)) {
    return run.state;
  }
  if (hasErrors) {
    return "draft";
  }
  if (run !== undefined && BAD.has(run.state) && planned?.state !== "cached") {
    return run.state;
  }
  if (run?.state === "succeeded" && (planned === undefined || planned.state === "cached")) {
    return "succeeded";
  }
  return planned?.state ?? run?.state ?? null;
}
