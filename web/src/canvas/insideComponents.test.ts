import { describe, expect, it } from "vitest";
import type { PlannedNode, PlanState } from "@/editor/types";
import { mostTelling } from "./insideComponents";

const planned = (node: string, state: PlanState, isJob = true): PlannedNode => ({
  node,
  operator: "x",
  state,
  why: "",
  is_job: isJob,
  fingerprint: null,
  expected_s: null,
  last_run: null,
  changes: [],
});
const plan = (...nodes: PlannedNode[]) =>
  Object.fromEntries(nodes.map((each) => [each.node, each]));

describe("a use of a component", () => {
  it("shows the state of what inside it matters most", () => {
    const found = mostTelling(
      plan(
        planned("a/one", "cached"),
        planned("a/two", "stale"),
        planned("a/three/deep", "may_run"),
        planned("b/one", "cached"),
        planned("outside", "ready"),
      ),
    );
    expect([...found].map(([use, { node }]) => [use, node])).toEqual([
      ["a", "a/two"],
      ["b", "b/one"],
    ]);
  });

  it("goes by the jobs in it: descriptions cost nothing", () => {
    const found = mostTelling(plan(planned("a/told", "ready", false), planned("a/fit", "cached")));
    expect(found.get("a")?.state).toBe("cached");
  });

  it("shows nothing before anything is known", () => {
    expect(mostTelling(undefined).size).toBe(0);
  });
});
