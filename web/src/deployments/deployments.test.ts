import { describe, expect, it } from "vitest";
import { answerOf, base64Of, draftOf, isComplete, withBox, withLabel } from "./corrections";
import { milliseconds } from "./deploymentColumns";
import { canStart, canStop } from "./deploymentStates";
import { isUnderway } from "./deployments";
import { deployment, revision } from "./deployments.testing";
import { errorShare, perMinute, rateCurves } from "./liveCurves";
import { snippet } from "./snippets";

describe("what can be done with a deployment", () => {
  it.each([
    ["running", "running", "own", [false, true]],
    ["stopped", "stopped", "write", [true, false]],
    ["failed", "running", "own", [true, false]],
    ["starting", "running", "own", [false, true]],
    ["running", "running", "run", [false, false]],
    ["stopped", "stopped", "read", [false, false]],
  ] as const)("%s, wanted %s, with the right %s", (state, wanted, right, can) => {
    const found = deployment({ state, wanted, right });
    expect([canStart(found), canStop(found)]).toEqual(can);
  });

  it("is watched closely while something is on its way", () => {
    expect(isUnderway(deployment())).toBe(false);
    expect(isUnderway(deployment({ state: "preparing" }))).toBe(true);
    expect(isUnderway(deployment({ upcoming: revision(3) }))).toBe(true);
  });
});

describe("snippets", () => {
  const asked = { url: "http://127.0.0.1:10086", isProtected: false, token: null };

  it("ask the address with curl as one line would", () => {
    expect(snippet("curl", "aip", asked)).toBe(
      'curl -H "Content-Type: application/json" \\\n' +
        `  -d '{"image": "'$(base64 -w0 photo.jpg)'"}' http://127.0.0.1:10086/aip`,
    );
    expect(snippet("curl", "predict", asked)).toBe(
      "curl -F file=@photo.jpg http://127.0.0.1:10086/v1/predict",
    );
  });

  it.each(["curl", "python", "javascript"] as const)("send the token in %s", (language) => {
    for (const route of ["aip", "predict"] as const) {
      expect(snippet(language, route, asked)).not.toContain("Bearer");
      expect(snippet(language, route, { ...asked, isProtected: true })).toContain("Bearer TOKEN");
      expect(snippet(language, route, { ...asked, isProtected: true, token: "s3" })).toContain(
        "Bearer s3",
      );
    }
  });
});

describe("corrections", () => {
  const objects = [
    { label: "cat", score: 0.9, box: [1, 2, 3, 4] },
    { label: "dog", score: 0.8 },
  ];

  it("begin with the answer of the model", () => {
    expect(draftOf("image_classification", { label: "cat" })).toEqual({
      kind: "label",
      label: "cat",
    });
    expect(draftOf("text_recognition", { text: "STOP" })).toEqual({ kind: "text", text: "STOP" });
    expect(draftOf("object_detection", { objects })).toEqual({
      kind: "objects",
      objects: [{ key: 0, label: "cat", box: [1, 2, 3, 4] }],
    });
    expect(draftOf("depth_estimation", {})).toBeNull();
    expect(draftOf(null, {})).toBeNull();
  });

  it("are sent in the form of the task", () => {
    expect(answerOf({ kind: "label", label: " dog " })).toEqual({ label: "dog" });
    expect(answerOf({ kind: "objects", objects: [] })).toEqual({ objects: [] });
  });

  it("need a label for everything", () => {
    expect(isComplete({ kind: "label", label: " " })).toBe(false);
    const drawn = withBox([], "", [5, 5], [1, 2]);
    expect(drawn).toEqual([{ key: 0, label: "", box: [1, 2, 5, 5] }]);
    expect(isComplete({ kind: "objects", objects: drawn })).toBe(false);
    const named = withLabel(drawn, 0, "cat");
    expect(isComplete({ kind: "objects", objects: named })).toBe(true);
    expect(isComplete({ kind: "objects", objects: [] })).toBe(true);
  });

  it("do not take a click for a box", () => {
    expect(withBox([], "cat", [5, 5], [6, 9])).toEqual([]);
  });

  it("carry every byte of the picture", async () => {
    const bytes = Uint8Array.from({ length: 70_000 }, (_, at) => at % 251);
    const sent = atob(await base64Of(new Blob([bytes])));
    const wrong = bytes.findIndex((byte, at) => sent.charCodeAt(at) !== byte);
    expect([sent.length, wrong]).toEqual([70_000, -1]);
  });
});

describe("numbers", () => {
  it("are told a minute", () => {
    const history = {
      times: [1, 2],
      requests_per_s: [0.5, 2],
      errors_per_s: [0, 0.25],
      p50_ms: [null, 3],
      p99_ms: [null, 9],
      in_flight: [0, 1],
      memory_bytes: [1, 1],
      every_s: 1,
      latest: null,
    };
    const labels = { requests: "r", errors: "e", p50: "50", p99: "99" };
    expect(rateCurves(history, labels).map(({ values }) => values)).toEqual([
      [30, 120],
      [0, 15],
    ]);
  });

  it("say nothing before there is something", () => {
    expect(errorShare({ requests: 0, errors: 0 })).toBeNull();
    expect(errorShare({ requests: 8, errors: 2 })).toBe(0.25);
    expect([0.0123, 0.1, 2.382].map(perMinute)).toEqual([0.7, 6, 143]);
    expect([milliseconds(null), milliseconds(3.14), milliseconds(123.4)]).toEqual([
      "–",
      "3.1 ms",
      "123 ms",
    ]);
  });
});
