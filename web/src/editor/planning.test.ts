import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Refusal } from "@/api/client";
import { reuseEdit } from "@/graph/reuse";
import { openEditor } from "./testing";
import type { Diagnostic } from "./types";

const AFTER_THE_PAUSE_MS = 1_000;

const problem: Diagnostic = {
  code: "I490",
  severity: "error",
  message: "the trained model is for another learning task than the data set",
  place: { node: "fit", port: null, setting: "reuse", file: null, line: null },
  expected: "object_detection",
  got: "image_classification",
  fix: null,
};

beforeEach(() => {
  vi.useFakeTimers();
  localStorage.clear();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("what only planning finds out", () => {
  it("stands at its node until the draft can be planned", async () => {
    const { server, state, actions } = openEditor();
    const plan = vi.spyOn(server, "plan").mockRejectedValue(new Refusal(422, "no", [problem]));
    actions.edit([reuseEdit("fit", "birds@1")]);
    await vi.advanceTimersByTimeAsync(AFTER_THE_PAUSE_MS);
    expect(state()).toMatchObject({ plan: null, isValid: true, diagnostics: [problem] });

    actions.edit([{ kind: "move_node", node: "fit", x: 8, y: 8 }]);
    expect(state().diagnostics).toEqual([problem]);

    plan.mockRestore();
    actions.undo();
    actions.undo();
    await vi.advanceTimersByTimeAsync(AFTER_THE_PAUSE_MS);
    expect(state().plan).not.toBeNull();
    expect(state().diagnostics).toEqual([]);
  });

  it("is not that the server cannot be reached", async () => {
    const { server, state, actions } = openEditor();
    vi.spyOn(server, "plan").mockRejectedValue(new Refusal(0, "no connection"));
    actions.edit([reuseEdit("fit", "birds@1")]);
    await vi.advanceTimersByTimeAsync(AFTER_THE_PAUSE_MS);
    expect(state()).toMatchObject({ plan: null, diagnostics: [] });
  });
});
