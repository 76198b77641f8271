import { describe, expect, it } from "vitest";
import { Refusal } from "@/api/client";
import { isPassing } from "./refusals";

const refused = (status: number, code: string) =>
  new Refusal(status, "", [
    { code, severity: "error", message: "", place: {}, expected: null, got: null, fix: null },
  ]);

describe("what failed is tried again", () => {
  it("when the session has ended, or is just being renewed", () => {
    expect(isPassing(refused(401, "S105"))).toBe(true);
    expect(isPassing(refused(403, "S103"))).toBe(true); // the token of the session before
  });

  it("when the server cannot be reached or answer", () => {
    for (const status of [0, 408, 429, 500, 503]) {
      expect(isPassing(new Refusal(status, ""))).toBe(true);
    }
    expect(isPassing(new TypeError("network"))).toBe(true);
  });

  it("but not what one may not do, or what is wrong in itself", () => {
    for (const problem of [refused(403, "S104"), refused(404, "W404"), refused(422, "G101")]) {
      expect(isPassing(problem)).toBe(false);
    }
  });
});
