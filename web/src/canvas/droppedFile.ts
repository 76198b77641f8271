/** What a file that was dropped on the canvas is, and what it holds. */
import { zipEntries, zipText } from "./zipFile";

export type DroppedFile =
  | { kind: "pipeline"; name: string; text: string }
  | { kind: "capsule"; name: string; text: string }
  | { kind: "images"; file: File }
  | { kind: "unknown"; name: string };

/** Pipeline files are small; more is something else. */
const LARGEST_TEXT_BYTES = 4 << 20;

/** Looks at the name, and into JSON and zip files: the capsule of a run contains the text it ran. */
export async function droppedFile(file: File): Promise<DroppedFile> {
  const ending = file.name.toLowerCase().split(".").at(-1) ?? "";
  const isText = file.size <= LARGEST_TEXT_BYTES;
  if ((ending === "yaml" || ending === "yml") && isText) {
    return { kind: "pipeline", name: file.name, text: await file.text() };
  }
  if (ending === "json" && isText) {
    const text = capsuleText(await file.text());
    return text === null
      ? { kind: "unknown", name: file.name }
      : { kind: "capsule", name: file.name, text };
  }
  if (ending === "zip") {
    const text = await packedCapsuleText(file);
    return text === null ? { kind: "images", file } : { kind: "capsule", name: file.name, text };
  }
  return { kind: "unknown", name: file.name };
}

/** The same in a capsule as a run's page gives it out: `GET /runs/{run}/capsule.zip`. */
async function packedCapsuleText(file: File): Promise<string | null> {
  const entries = await zipEntries(file);
  const entry = entries.get("pipeline.yaml") ?? entries.get("pipeline.resolved.yaml");
  const isCapsule = entries.has("request.json") && entries.has("pipeline.resolved.yaml");
  return isCapsule && entry !== undefined ? zipText(file, entry, LARGEST_TEXT_BYTES) : null;
}

/** The pipeline's text in a run's capsule (`GET /runs/{run}/capsule`): as written, else as resolved. */
export function capsuleText(json: string): string | null {
  try {
    const { written, resolved } = JSON.parse(json) as Record<string, unknown>;
    const text = typeof written === "string" ? written : resolved;
    return typeof text === "string" && /^nodes:/m.test(text) ? text : null;
  } catch {
    return null;
  }
}
