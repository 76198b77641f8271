/** Which state a node shows: what a run says of it, unless a change since then matters more. */
import type { NodeRun, PlannedNode } from "@/editor/types";
import type { AnyState } from "@/ui/states";

const OPEN = new Set<AnyState>(["pending", "queued", "running", "waiting"]);
const BAD = new Set<AnyState>(["failed", "cancelled", "skipped"]);
const DONE = new Set<AnyState>(["succeeded", "cached"]);
/** What a plan says of a node that had no result when it was made, or that would take it from the store. */
const UNTOUCHED = new Set<AnyState>(["ready", "may_run", "cached"]);

/** Whether a plan says that a result is not what would come out now; a plan made before the result knows nothing of it. */
function isOutOfDate(run: NodeRun, planned: PlannedNode | undefined): planned is PlannedNode {
  if (planned === undefined || UNTOUCHED.has(planned.state)) {
    return false;
  }
  return run.fingerprint === null || run.fingerprint !== planned.fingerprint;
}

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
  if (run !== undefined && DONE.has(run.state)) {
    return isOutOfDate(run, planned) ? planned.state : run.state;
  }
  return planned?.state ?? run?.state ?? null;
}
