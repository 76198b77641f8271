import { expect, it } from "vitest";
import type { NodeRun, PlannedNode } from "@/editor/types";
import { shownState } from "./nodeState";

const run = (state: string, fingerprint: string | null = "old") =>
  ({ state, fingerprint }) as NodeRun;
const planned = (state: string, fingerprint: string | null = "new") =>
  ({ state, fingerprint }) as PlannedNode;

it.each([
  [
    "a running node is running, whatever changed",
    run("running"),
    planned("stale"),
    true,
    "running",
  ],
  ["mistakes make a draft", run("succeeded"), undefined, true, "draft"],
  ["a failure stays until there is a result", run("failed"), planned("ready"), false, "failed"],
  ["a failure goes when a result exists", run("failed"), planned("cached"), false, "cached"],
  [
    "done stays done while the plan would reuse it",
    run("succeeded"),
    planned("cached"),
    false,
    "succeeded",
  ],
  [
    "what has just been done is done, though the plan was made before",
    run("succeeded"),
    planned("ready"),
    false,
    "succeeded",
  ],
  [
    "what has just been done is done, though the plan found nothing in the cache when it was made",
    run("succeeded", "same"),
    planned("stale", "same"),
    false,
    "succeeded",
  ],
  [
    "what nobody can compare goes by the plan",
    run("succeeded", null),
    planned("stale", null),
    false,
    "stale",
  ],
  ["a change makes it stale", run("succeeded"), planned("stale"), false, "stale"],
  ["without a run the plan speaks", undefined, planned("ready"), false, "ready"],
  ["nothing known", undefined, undefined, false, null],
] as const)("%s", (_, ran, plan, hasErrors, expected) => {
  expect(shownState(ran, plan, hasErrors)).toBe(expected);
});
