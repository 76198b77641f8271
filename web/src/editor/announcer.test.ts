import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Announcer } from "./announcer";
import type { Reason } from "./types";

const of = (key: string, node = ""): Reason => ({ key, values: { node } });

describe("announcements", () => {
  const said: string[] = [];
  const announcer = () =>
    new Announcer(({ key, values }) => said.push(`${key} ${values.node}`.trim()));

  beforeEach(() => {
    vi.useFakeTimers();
    said.length = 0;
  });
  afterEach(() => vi.useRealTimers());

  it("are heard one after the other, none replaced before it could be", () => {
    const { say } = bound(announcer());
    say(of("run"));
    say(of("plan"));
    expect(said).toEqual(["run"]);
    vi.advanceTimersByTime(1_500);
    expect(said).toEqual(["run", "plan"]);
    vi.advanceTimersByTime(10_000);
    say(of("undo"));
    expect(said).toEqual(["run", "plan", "undo"]);
  });

  it("of the same kind are said once, with the newest values, but each node is told of", () => {
    const { say } = bound(announcer());
    for (const reason of [of("run"), of("plan"), of("done", "a"), of("done", "b"), of("plan")]) {
      say(reason);
    }
    vi.advanceTimersByTime(20_000);
    expect(said).toEqual(["run", "done a", "done b", "plan"]);
  });

  it("end with the editor", () => {
    const closing = announcer();
    closing.say(of("run"));
    closing.say(of("plan"));
    closing.close();
    vi.advanceTimersByTime(20_000);
    expect(said).toEqual(["run"]);
  });
});

const bound = (announcer: Announcer) => ({ say: (reason: Reason) => announcer.say(reason) });
