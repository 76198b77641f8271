import { afterEach, describe, expect, it, vi } from "vitest";
import { Refusal } from "@/api/client";
import { bundleReady } from "./bundle";

const json = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify(body), { status, headers });

afterEach(() => void vi.restoreAllMocks());

describe("waiting for a bundle", () => {
  it("tells how far it is until the file is there", async () => {
    const answers = [
      json(202, { state: "waiting", seconds: 0, step: "" }, { "Retry-After": "0" }),
      json(202, { state: "preparing", seconds: 1, step: "exports" }, { "Retry-After": "0" }),
      new Response("zip"),
    ];
    const asked = vi.spyOn(globalThis, "fetch").mockImplementation(async () => {
      return answers.shift() ?? Response.error();
    });
    const told: string[] = [];
    await bundleReady("r1", ({ state }) => told.push(state), new AbortController().signal);
    expect(told).toEqual(["waiting", "preparing"]);
    expect(asked).toHaveBeenCalledTimes(3);
  });

  it("ends with the server's reason if it cannot be made", async () => {
    vi.spyOn(globalThis, "fetch").mockResolvedValue(json(409, { detail: "no model" }));
    const waiting = bundleReady("r1", () => {}, new AbortController().signal);
    await expect(waiting).rejects.toEqual(new Refusal(409, "no model"));
  });

  it("stops asking when nobody waits any more", async () => {
    const stopped = new AbortController();
    const asked = vi
      .spyOn(globalThis, "fetch")
      .mockImplementation(async () =>
        json(202, { state: "waiting", seconds: 0, step: "" }, { "Retry-After": "60" }),
      );
    const waiting = bundleReady("r1", () => stopped.abort(), stopped.signal);
    await expect(waiting).rejects.toThrow();
    expect(asked).toHaveBeenCalledTimes(1);
  });
});
