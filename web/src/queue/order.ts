/** The order of waiting runs. Their jobs get devices by the run's priority, older ones first among equals. */
import type { QueuedJob } from "./queueQueries";

export type Move = "up" | "down" | "top";

interface WaitingRun {
  run: string;
  priority: number;
}

/** Waiting runs that one can see, in the order of their first jobs. */
export function waitingRuns(jobs: readonly QueuedJob[]): WaitingRun[] {
  const found = new Map<string, WaitingRun>();
  for (const { run, state, priority } of jobs) {
    if (state === "queued" && run !== null && !found.has(run)) {
      found.set(run, { run, priority });
    }
  }
  return [...found.values()];
}

/** The priorities to set, by run, so that a run moves: as few as it takes; empty where it cannot move. */
export function prioritiesFor(
  jobs: readonly QueuedJob[],
  run: string,
  move: Move,
): ReadonlyMap<string, number> {
  const before = waitingRuns(jobs);
  const at = before.findIndex((each) => each.run === run);
  const target = { up: at - 1, down: at + 1, top: 0 }[move];
  const moved = before[at];
  if (moved === undefined || target === at || target < 0 || target >= before.length) {
    return new Map();
  }
  const after = before.toSpliced(at, 1).toSpliced(target, 0, moved);
  return changes(before, after);
}

/** From the last run up: each needs at least the priority of the one behind it, more where that one is older. */
function changes(
  before: readonly WaitingRun[],
  after: readonly WaitingRun[],
): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  let behind: WaitingRun | null = null;
  let least = Number.NEGATIVE_INFINITY;
  for (const each of after.toReversed()) {
    if (behind !== null) {
      const isOlder =
        each.priority === behind.priority && before.indexOf(each) < before.indexOf(behind);
      least += isOlder ? 0 : 1;
    }
    if (each.priority < least) {
      found.set(each.run, least);
    }
    least = Math.max(each.priority, least);
    behind = each;
  }
  return found;
}
