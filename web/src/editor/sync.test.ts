import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { nodeOf } from "@/graph/reading";
import { digits } from "@/graph/testing";
import { loadPipeline } from "./opening";
import { FakeServer, openEditor, textOf } from "./testing";
import type { Edit } from "./types";
import { readUnsent } from "./unsent";

const set = (node: string, setting: string, value: unknown): Edit => ({
  kind: "set_setting",
  node,
  setting,
  value,
});

beforeEach(() => {
  vi.useFakeTimers();
  localStorage.clear();
});
afterEach(() => {
  vi.useRealTimers();
});

const settle = (milliseconds = 0) => vi.advanceTimersByTimeAsync(milliseconds);
type Opened = ReturnType<typeof openEditor>;
const setting = ({ state }: Opened, node: string, name: string) => {
  const { graph } = state();
  return graph ? nodeOf(graph, node)?.settings[name] : undefined;
};
const onServer = (server: FakeServer, node: string, name: string) =>
  nodeOf(JSON.parse(server.text).graph, node)?.settings[name];

describe("edits", () => {
  it("show at once and are sent in order, in batches while a request is under way", async () => {
    const editor = openEditor();
    const release = editor.server.hold();
    editor.actions.edit([set("fit", "epochs", 1)]);
    editor.actions.edit([set("model", "width", 2)]);
    editor.actions.edit([set("fit", "epochs", 3)]);
    expect(setting(editor, "fit", "epochs")).toBe(3);
    expect(editor.state().saving).toBe("saving");
    release();
    await settle();
    expect(editor.server.asked).toEqual(["edits fit", "edits model,fit"]);
    expect(editor.server.revision).toBe(3);
    expect(onServer(editor.server, "fit", "epochs")).toBe(3);
    expect(editor.state()).toMatchObject({ saving: "saved", text: editor.server.text });
    expect(editor.state().pipeline.revision).toBe(3);
  });

  it("leave untouched nodes the same objects, also after the server has answered", async () => {
    const editor = openEditor();
    const before = editor.state().graph;
    editor.actions.edit([set("fit", "epochs", 1)]);
    await settle();
    const now = editor.state().graph;
    const same = digits.nodes.map(
      ({ id }) => before && now && nodeOf(before, id) === nodeOf(now, id),
    );
    expect(same).toEqual([true, true, true, true, false, true]);
  });

  it("of a node that is not there are told and change nothing", async () => {
    const editor = openEditor();
    editor.actions.edit([set("none", "a", 1)]);
    await settle();
    expect(editor.told).toEqual(["edit.noNode"]);
    expect(editor.server.asked).toEqual([]);
    expect(editor.state().canUndo).toBe(false);
  });

  it("of people who may only look are ignored", async () => {
    const server = new FakeServer();
    const editor = openEditor(server, { pipeline: { ...server.pipeline, right: "run" } });
    editor.actions.edit([set("fit", "epochs", 1)]);
    editor.actions.editText("x");
    await settle(1_000);
    expect(server.asked.filter((asked) => asked !== "plan")).toEqual([]);
    expect(editor.state()).toMatchObject({ mayEdit: false, mayRun: true, graph: digits });
  });
});

describe("what the server refuses", () => {
  it("is undone here, and the rest is kept", async () => {
    const editor = openEditor();
    const release = editor.server.hold();
    editor.actions.edit([set("fit", "epochs", 1)]);
    editor.actions.edit([set("fit", "forbidden", 2)]);
    editor.actions.edit([set("model", "width", 3)]);
    release();
    await settle();
    expect(setting(editor, "fit", "forbidden")).toBeUndefined();
    expect(setting(editor, "fit", "epochs")).toBe(1);
    expect(onServer(editor.server, "model", "width")).toBe(3);
    expect(editor.told).toEqual(["saving.takenBack"]);
    expect(editor.state().saving).toBe("refused");
    expect(editor.state().savingProblem).toMatchObject({ status: 409 });
    editor.actions.edit([set("fit", "epochs", 4)]);
    await settle();
    expect(editor.state()).toMatchObject({ saving: "saved", savingProblem: null });
  });

  it("does not come back by undo and redo", async () => {
    const editor = openEditor();
    editor.actions.edit([set("fit", "epochs", 1)]);
    await settle();
    editor.actions.edit([set("fit", "forbidden", 2)]);
    await settle();
    editor.actions.undo();
    await settle();
    editor.actions.redo();
    await settle();
    expect(onServer(editor.server, "fit", "forbidden")).toBeUndefined();
    expect(editor.told).toEqual(["saving.takenBack"]);
  });
});

describe("without a connection", () => {
  it("everything goes on, is tried again with growing pauses, and arrives", async () => {
    const editor = openEditor();
    editor.server.isDown = true;
    editor.actions.edit([set("fit", "epochs", 1)]);
    await settle();
    expect(editor.state().saving).toBe("offline");
    editor.actions.edit([set("model", "width", 2)]);
    await settle();
    expect(setting(editor, "model", "width")).toBe(2);
    const tries = editor.server.asked.length;
    await settle(60_000);
    expect(editor.server.asked.length - tries).toBeLessThan(9);
    editor.server.isDown = false;
    await settle(30_000);
    expect(editor.state().saving).toBe("saved");
    expect([
      onServer(editor.server, "fit", "epochs"),
      onServer(editor.server, "model", "width"),
    ]).toEqual([1, 2]);
  });

  it("a closed tab loses nothing", async () => {
    const editor = openEditor();
    editor.server.isDown = true;
    editor.actions.edit([set("fit", "epochs", 1)]);
    editor.actions.edit([{ kind: "move_node", node: "fit", x: 8, y: 8 }]);
    editor.close();
    await settle();
    expect(readUnsent("p1")).toMatchObject({ revision: 1, baseText: textOf(digits) });

    editor.server.isDown = false;
    const loaded = await loadPipeline(editor.server, "p1");
    const again = openEditor(editor.server, loaded);
    expect(setting(again, "fit", "epochs")).toBe(1);
    await settle(300);
    expect(again.state()).toMatchObject({ saving: "saved", layout: { fit: { x: 8, y: 8 } } });
    expect(onServer(editor.server, "fit", "epochs")).toBe(1);
    expect(readUnsent("p1")).toBeNull();
  });

  it("what was left unsent is merged with what others did since", async () => {
    const editor = openEditor();
    editor.server.isDown = true;
    editor.actions.edit([set("fit", "epochs", 1)]);
    editor.close();
    await settle();
    editor.server.isDown = false;
    editor.server.changedBy("grace", [set("model", "width", 9)]);
    const again = openEditor(editor.server, await loadPipeline(editor.server, "p1"));
    await settle();
    expect(again.told).toEqual(["saving.merged"]);
    expect([setting(again, "fit", "epochs"), setting(again, "model", "width")]).toEqual([1, 9]);
    expect(onServer(editor.server, "fit", "epochs")).toBe(1);
  });

  it("a change whose answer was lost is not made twice", async () => {
    const editor = openEditor();
    editor.server.losesAnswer = true;
    editor.actions.addNode("data.digits", { x: 8, y: 16 });
    await settle();
    expect(editor.state().saving).toBe("offline");
    await settle(2_000);
    expect(editor.state().saving).toBe("saved");
    expect(editor.told).toEqual([]);
    expect(
      editor
        .state()
        .graph?.nodes.map(({ id }) => id)
        .slice(-2),
    ).toEqual(["score", "digits2"]);
    expect(editor.server.revision).toBe(2);
  });
});

describe("somebody else", () => {
  it("who changed other nodes is merged with", async () => {
    const editor = openEditor();
    editor.server.changedBy("grace", [set("model", "width", 9)]);
    editor.actions.edit([set("fit", "epochs", 1)]);
    await settle();
    expect(editor.told).toEqual(["saving.merged"]);
    expect(editor.state().saving).toBe("saved");
    expect([setting(editor, "fit", "epochs"), setting(editor, "model", "width")]).toEqual([1, 9]);
    expect(onServer(editor.server, "fit", "epochs")).toBe(1);
  });

  it("who changed the same node makes a conflict that a person resolves: theirs", async () => {
    const editor = openEditor();
    editor.server.changedBy("grace", [set("fit", "epochs", 9)]);
    editor.actions.edit([set("fit", "epochs", 1)]);
    await settle();
    expect(editor.state().saving).toBe("conflict");
    expect(editor.state().conflict).toMatchObject({
      theirs: { changed_by: "grace" },
      nodes: ["fit"],
    });
    expect(setting(editor, "fit", "epochs")).toBe(1);
    await editor.actions.resolveConflict("theirs");
    expect(setting(editor, "fit", "epochs")).toBe(9);
    expect(editor.state()).toMatchObject({ saving: "saved", conflict: null });
    editor.actions.undo();
    await settle();
    expect(onServer(editor.server, "fit", "epochs")).toBe(1);
  });

  it("is overwritten if one's own is chosen, with what was done meanwhile", async () => {
    const editor = openEditor();
    editor.server.changedBy("grace", [set("fit", "epochs", 9)]);
    editor.actions.edit([set("fit", "epochs", 1)]);
    await settle();
    editor.actions.edit([set("model", "width", 2)]);
    await editor.actions.resolveConflict("ours");
    expect([
      onServer(editor.server, "fit", "epochs"),
      onServer(editor.server, "model", "width"),
    ]).toEqual([1, 2]);
    expect(editor.state().saving).toBe("saved");
  });

  it("is seen when one looks again", async () => {
    const editor = openEditor();
    editor.server.changedBy("grace", [set("fit", "epochs", 9)]);
    editor.lookAgain();
    await settle();
    expect(setting(editor, "fit", "epochs")).toBe(9);
    expect(editor.state().pipeline.revision).toBe(2);
  });

  it("is put into words again when the page speaks another language", async () => {
    const editor = openEditor();
    const { text, graph } = editor.state();
    const check = editor.server.check.bind(editor.server);
    const problem = {
      code: "G106",
      severity: "warning",
      message: "没有节点 'x'",
      place: {},
    } as const;
    editor.server.check = async (asked) => ({ ...(await check(asked)), diagnostics: [problem] });
    await editor.readAgain();
    expect(editor.state().diagnostics).toEqual([problem]);
    expect(editor.state()).toMatchObject({ text, saving: "saved", canUndo: false });
    expect(editor.state().graph).toBe(graph);
  });
});

describe("typing", () => {
  it("is saved and checked after a pause", async () => {
    const editor = openEditor();
    const fewer = textOf({ nodes: digits.nodes.slice(0, 2), components: {} });
    editor.actions.editText(`${fewer} `);
    await settle(300);
    editor.actions.editText(fewer);
    await settle(399);
    expect(editor.server.asked).toEqual([]);
    expect(editor.state()).toMatchObject({ text: fewer, graph: digits });
    await settle(1);
    expect(editor.server.asked).toEqual(["text"]);
    expect(editor.state()).toMatchObject({ saving: "saved", isValid: true });
    expect(editor.state().graph?.nodes.map(({ id }) => id)).toEqual(["digits", "parts"]);
  });

  it("while the text cannot be read, the canvas shows what it was and edits nothing", async () => {
    const editor = openEditor();
    editor.actions.editText("{");
    await settle(400);
    expect(editor.state()).toMatchObject({ text: "{", graph: digits, isValid: false });
    editor.actions.edit([set("fit", "epochs", 1)]);
    expect(editor.told).toEqual(["edit.noGraph"]);
    editor.actions.undo();
    await settle();
    expect(editor.server.text).toBe(textOf(digits));
  });

  it("and edits made before and after it all arrive", async () => {
    const editor = openEditor();
    const release = editor.server.hold();
    editor.actions.edit([set("fit", "epochs", 1)]);
    editor.actions.editText(textOf(digits, {}, "a comment"));
    editor.actions.edit([set("model", "width", 2)]);
    release();
    await settle(500);
    expect(JSON.parse(editor.server.text).comment).toBe("a comment");
    expect([
      onServer(editor.server, "fit", "epochs"),
      onServer(editor.server, "model", "width"),
    ]).toEqual([1, 2]);
    expect(editor.state().text).toBe(editor.server.text);
  });
});

describe("undo", () => {
  it("restores what was before, here at once and on the server, and redo brings it back", async () => {
    const editor = openEditor();
    editor.actions.edit([set("fit", "epochs", 1)]);
    await settle();
    editor.actions.edit([set("fit", "epochs", 2)]);
    await settle();
    editor.actions.undo();
    expect(setting(editor, "fit", "epochs")).toBe(1);
    editor.actions.undo();
    expect(editor.state()).toMatchObject({ graph: digits, canUndo: false, canRedo: true });
    await settle();
    expect(editor.server.text).toBe(textOf(digits));
    editor.actions.redo();
    editor.actions.redo();
    await settle();
    expect(onServer(editor.server, "fit", "epochs")).toBe(2);
    expect(editor.state()).toMatchObject({ saving: "saved", canRedo: false });
  });

  it("is exact for steps that were sent together or not yet", async () => {
    const editor = openEditor();
    const release = editor.server.hold();
    for (const epochs of [1, 2, 3]) {
      editor.actions.edit([set("fit", "epochs", epochs)]);
    }
    editor.actions.undo();
    release();
    await settle();
    expect(onServer(editor.server, "fit", "epochs")).toBe(2);
    editor.actions.undo();
    await settle();
    expect(onServer(editor.server, "fit", "epochs")).toBe(1);
    editor.actions.redo();
    editor.actions.redo();
    await settle();
    expect(onServer(editor.server, "fit", "epochs")).toBe(3);
  });

  it("takes a burst as one step, and a pause ends it", async () => {
    const editor = openEditor();
    for (const x of [1, 2, 3]) {
      editor.actions.edit([{ kind: "move_node", node: "fit", x, y: 0 }], { burst: "drag" });
      await settle(500);
    }
    await settle(1_100);
    editor.actions.edit([{ kind: "move_node", node: "fit", x: 9, y: 0 }], { burst: "drag" });
    editor.actions.undo();
    expect(editor.state().layout).toEqual({ fit: { x: 3, y: 0 } });
    editor.actions.undo();
    expect(editor.state().layout).toEqual({});
    expect(editor.state().canUndo).toBe(false);
  });

  it("goes back two hundred steps, and selection is none of them", async () => {
    const editor = openEditor();
    for (let epochs = 0; epochs < 250; epochs++) {
      editor.actions.edit([set("fit", "epochs", epochs)]);
      editor.actions.select(["fit"]);
    }
    let steps = 0;
    while (editor.state().canUndo) {
      editor.actions.undo();
      steps += 1;
    }
    expect([steps, setting(editor, "fit", "epochs")]).toEqual([200, 49]);
    expect([...editor.state().selection]).toEqual(["fit"]);
    await settle();
    expect(onServer(editor.server, "fit", "epochs")).toBe(49);
  });
});

it("the real server is asked with the revision that was seen", async () => {
  vi.useRealTimers();
  vi.resetModules(); // the client takes what it finds when it is made
  const requests: [string, string, string | null, unknown][] = [];
  class AbsoluteRequest extends Request {
    constructor(input: string, init?: RequestInit) {
      super(new URL(input, "http://localhost"), init);
    }
  }
  vi.stubGlobal("Request", AbsoluteRequest);
  vi.stubGlobal("fetch", async (request: Request) => {
    const { pathname } = new URL(request.url);
    const body = await request.json();
    requests.push([request.method, pathname, request.headers.get("If-Match"), body]);
    return new Response(JSON.stringify({ pipeline: null, sketch: null }), {
      headers: { "Content-Type": "application/json" },
    });
  });
  const { createServer } = await import("./server");
  const edit = set("fit", "epochs", 1);
  await createServer("p1").sendEdits([edit], 7);
  await createServer("p1").saveText("netloom: 1", 8);
  expect(requests).toEqual([
    ["POST", "/api/v1/pipelines/p1/edits", '"7"', { edits: [edit] }],
    ["PUT", "/api/v1/pipelines/p1/draft", '"8"', { text: "netloom: 1" }],
  ]);
  vi.unstubAllGlobals();
});
