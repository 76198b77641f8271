import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { Route, Routes, useLocation } from "react-router";
import { afterEach, describe, expect, it } from "vitest";
import { Refusal } from "@/api/client";
import { answerWith, type Question } from "@/api/server.testing";
import { OpenEditorProvider } from "@/editor/EditorContext";
import { openEditor } from "@/editor/testing";
import { catalogue } from "@/graph/testing";
import { renderScreen } from "@/ui/testing";
import type { DroppedFile } from "./droppedFile";
import { FileDropDialog } from "./FileDropDialog";
import { show } from "./view";

const TEXT = "netloom: 1\nnodes:\n  more: {op: data.digits}\n";
const ZIP = new File(["twelve bytes"], "pets.ZIP");
const SENT = { id: "d1", path: ".netloom/uploads/pets.zip", received_bytes: 12 };

afterEach(() => show({ dropped: null }));

const Place = () => <output aria-label="address">{useLocation().pathname}</output>;

/** The dialog about a file, over an editor; the server takes what it is sent unless a route says otherwise. */
function dropped(file: DroppedFile, routes: Record<string, (question: Question) => unknown> = {}) {
  const asked = answerWith({
    "GET /api/v1/datasets": () => ({ datasets: [], chunk_bytes: 5 }),
    "POST /api/v1/datasets": () => ({ ...SENT, received_bytes: 0 }),
    "PUT /api/v1/datasets/{dataset}/content": ({ query, body }) => ({
      ...SENT,
      received_bytes: Number(query.offset) + (body as Blob).size,
    }),
    "POST /api/v1/datasets/{dataset}/complete": () => SENT,
    ...routes,
  });
  const editor = openEditor();
  show({ dropped: { at: { x: 400, y: 200 }, file } });
  renderScreen(
    <OpenEditorProvider store={editor.store} catalogue={catalogue}>
      <FileDropDialog />
      <Routes>
        <Route path="*" element={<Place />} />
      </Routes>
    </OpenEditorProvider>,
  );
  return { ...editor, asked };
}

const press = (name: string) => userEvent.click(screen.getByRole("button", { name }));
const nodes = (editor: ReturnType<typeof dropped>) =>
  editor.state().graph?.nodes.map(({ id, settings }) => ({ id, settings }));
const digitsNodes = (editor: ReturnType<typeof dropped>) => nodes(editor)?.length ?? 0;

describe("a file dropped on the canvas", () => {
  it("with pictures is sent under a name and becomes a node that reads it", async () => {
    const editor = dropped({ kind: "images", file: ZIP });
    const name = screen.getByLabelText("Name of the data set");
    expect((name as HTMLInputElement).value).toBe("pets");
    await userEvent.clear(name);
    await userEvent.type(name, "cats and dogs{Enter}");
    await expect.poll(() => screen.queryByRole("dialog")).toBeNull();
    expect(nodes(editor)?.at(-1)).toEqual({
      id: "image_zip",
      settings: { path: ".netloom/uploads/pets.zip" },
    });
    expect([...editor.state().selection]).toEqual(["image_zip"]);
    const announced = editor.asked.find(({ route }) => route === "POST /api/v1/datasets");
    expect(announced?.body).toMatchObject({ name: "cats and dogs", file_name: "pets.ZIP" });
    const pieces = editor.asked.filter(({ route }) => route.startsWith("PUT"));
    expect(pieces.map(({ query }) => query.offset)).toEqual([0, 5, 10]);
  });

  it("that is refused says why, adds no node, and can be sent again", async () => {
    const editor = dropped(
      { kind: "images", file: ZIP },
      {
        "POST /api/v1/datasets/{dataset}/complete": () => {
          throw new Refusal(422, "this is no zip file");
        },
      },
    );
    const before = digitsNodes(editor);
    await press("Send and add a node");
    expect((await screen.findByRole("alert")).textContent).toContain("this is no zip file");
    expect(digitsNodes(editor)).toBe(before);
    expect(screen.getByRole("button", { name: "Send and add a node" })).toHaveProperty(
      "disabled",
      false,
    );
  });

  it("stops being sent when the dialog is closed", async () => {
    const editor = dropped(
      { kind: "images", file: ZIP },
      {
        "PUT /api/v1/datasets/{dataset}/content": ({ signal }) =>
          new Promise((_, reject) => {
            signal?.addEventListener("abort", () => reject(new DOMException("", "AbortError")));
          }),
      },
    );
    const before = digitsNodes(editor);
    await press("Send and add a node");
    expect(await screen.findByRole("progressbar", { name: "Sending" })).toBeTruthy();
    const piece = () => editor.asked.find(({ route }) => route.startsWith("PUT"));
    await expect.poll(piece).toBeTruthy();
    await press("Cancel");
    expect(piece()?.signal?.aborted).toBe(true);
    expect(screen.queryByRole("dialog")).toBeNull();
    expect(digitsNodes(editor)).toBe(before);
  });

  it("needs a name", async () => {
    dropped({ kind: "images", file: ZIP });
    await userEvent.clear(screen.getByLabelText("Name of the data set"));
    expect(screen.getByRole("button", { name: "Send and add a node" })).toHaveProperty(
      "disabled",
      true,
    );
  });

  it("with a pipeline can be inserted where it was dropped", async () => {
    const editor = dropped({ kind: "pipeline", name: "more.yaml", text: TEXT });
    const before = digitsNodes(editor);
    await press("Insert its nodes here");
    await expect.poll(() => screen.queryByRole("dialog")).toBeNull();
    expect(digitsNodes(editor)).toBe(before + 1);
    expect([...editor.state().selection]).toEqual(["more"]);
  });

  it("with the capsule of a run can be opened as a pipeline of one's own", async () => {
    const editor = dropped(
      { kind: "capsule", name: "run.zip", text: TEXT },
      { "POST /api/v1/pipelines": () => ({ id: "p9" }) },
    );
    expect(screen.getByRole("dialog", { name: "The capsule of a run" })).toBeTruthy();
    await press("Open as a new pipeline");
    await expect.poll(() => screen.getByLabelText("address").textContent).toBe("/pipelines/p9");
    expect(editor.asked.at(-1)?.body).toEqual({ text: TEXT, visibility: "private" });
  });

  it("with a text that is no pipeline says so and inserts nothing", async () => {
    const editor = dropped({ kind: "pipeline", name: "notes.yaml", text: "just: notes" });
    const before = digitsNodes(editor);
    await press("Insert its nodes here");
    expect(await screen.findByRole("alert")).toBeTruthy();
    expect(digitsNodes(editor)).toBe(before);
  });
});
