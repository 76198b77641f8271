/** Answers that people correct: what is edited, and what is sent to be kept as a labelled sample. */
import { api, BASE, dataOf, type Schemas } from "@/api/client";

/** What the right answer consists of, by learning task; other tasks have answers nobody can type. */
const KINDS: Readonly<Record<string, Draft["kind"]>> = {
  image_classification: "label",
  object_detection: "objects",
  text_detection: "objects",
  text_recognition: "text",
};

/** Left, top, right and bottom edge in pixels of the picture. */
export type Box = readonly [number, number, number, number];

export interface DraftObject {
  readonly key: number;
  readonly label: string;
  readonly box: Box;
}

/** A right answer that is being written. */
export type Draft =
  | { kind: "label"; label: string }
  | { kind: "text"; text: string }
  | { kind: "objects"; objects: readonly DraftObject[] };

/** Whether answers of a task can be corrected. */
export const canCorrect = (task: string | null): boolean => task !== null && task in KINDS;

type Prediction = Readonly<Record<string, unknown>>;

/** What to begin with: the answer of the model. Null if the task has none that can be corrected. */
export function draftOf(task: string | null, prediction: Prediction): Draft | null {
  switch (KINDS[task ?? ""]) {
    case "label":
      return { kind: "label", label: String(prediction.label ?? "") };
    case "text":
      return { kind: "text", text: String(prediction.text ?? "") };
    case "objects":
      return { kind: "objects", objects: objectsOf(prediction.objects) };
    default:
      return null;
  }
}

function objectsOf(objects: unknown): DraftObject[] {
  const found = Array.isArray(objects) ? (objects as { label?: unknown; box?: unknown }[]) : [];
  return found.flatMap(({ label, box }, key) =>
    isBox(box) ? [{ key, label: String(label ?? ""), box }] : [],
  );
}

const isBox = (box: unknown): box is Box =>
  Array.isArray(box) && box.length === 4 && box.every((edge) => typeof edge === "number");

/** The draft without an object, with another label of one, or with one more. */
export const withoutObject = (objects: readonly DraftObject[], key: number) =>
  objects.filter((each) => each.key !== key);

export const withLabel = (objects: readonly DraftObject[], key: number, label: string) =>
  objects.map((each) => (each.key === key ? { ...each, label } : each));

/** Fewer pixels are a click, not a box. */
const LEAST_SIDE = 2;

/** One more object between two corners; the same if they are too close to be meant. */
export function withBox(
  objects: readonly DraftObject[],
  label: string,
  [x0, y0]: readonly [number, number],
  [x1, y1]: readonly [number, number],
): readonly DraftObject[] {
  if (Math.abs(x1 - x0) < LEAST_SIDE || Math.abs(y1 - y0) < LEAST_SIDE) {
    return objects;
  }
  const key = Math.max(-1, ...objects.map((each) => each.key)) + 1;
  const box = [Math.min(x0, x1), Math.min(y0, y1), Math.max(x0, x1), Math.max(y0, y1)] as const;
  return [...objects, { key, label, box }];
}

/** Whether the draft says something that can be learned from. */
export const isComplete = (draft: Draft): boolean =>
  draft.kind === "objects"
    ? draft.objects.every(({ label }) => label !== "")
    : (draft.kind === "label" ? draft.label : draft.text).trim() !== "";

/** Keep a picture with what it really shows. */
export async function saveCorrection(
  deployment: string,
  picture: Blob,
  draft: Draft,
): Promise<Schemas["SavedCorrection"]> {
  const body = { picture: await base64Of(picture), ...answerOf(draft) };
  return dataOf(
    api.POST("/api/v1/deployments/{deployment}/corrections", {
      params: { path: { deployment } },
      body,
    }),
  );
}

/** The draft as the server takes it. */
export function answerOf(draft: Draft): Omit<Schemas["NewCorrection"], "picture"> {
  switch (draft.kind) {
    case "label":
      return { label: draft.label.trim() };
    case "text":
      return { text: draft.text };
    case "objects":
      return { objects: draft.objects.map(({ label, box }) => ({ label, box: [...box] })) };
  }
}

const CHUNK = 1 << 15;

/** The bytes of a file in base 64. */
export async function base64Of(file: Blob): Promise<string> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let text = "";
  for (let at = 0; at < bytes.length; at += CHUNK) {
    text += String.fromCharCode(...bytes.subarray(at, at + CHUNK));
  }
  return btoa(text);
}

/** All corrections of a deployment as a data set. */
export const correctionsUrl = (deployment: string): string =>
  `${BASE}/deployments/${deployment}/corrections.zip`;
