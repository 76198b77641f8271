/** Findings of a survey for tests: in order, unless something is said to be otherwise. */
import type { DatasetDetails, Findings } from "./datasets";

const NONE = { num_groups: 0, num_images: 0, groups: [] };
const side = (length: number) => ({ min: length, median: length, max: length, bars: [] });

/** Two classes of forty pictures of 64 × 64 pixels. */
export const findingsWith = (changes: Partial<Findings> = {}): Findings => ({
  num_images: 80,
  num_unlabelled: 0,
  image_bytes: 8000,
  layout: "classes",
  classes: [classOf("cat", 40), classOf("dog", 40)],
  parts: {},
  skipped: { total: 0, files: [] },
  remarks: [],
  width: side(64),
  height: side(64),
  usual_sizes: [{ width: 64, height: 64, num_images: 80 }],
  num_sizes: 1,
  duplicates: NONE,
  near_duplicates: NONE,
  conflicts: NONE,
  leaks: [],
  mean: [0.5, 0.5, 0.5],
  std: [0.2, 0.2, 0.2],
  ...changes,
});

export const classOf = (name: string, num_images: number, parts: Record<string, number> = {}) => ({
  name,
  num_images,
  parts,
});

/** A zip file that has arrived and was surveyed. */
export const datasetWith = (
  changes: Partial<DatasetDetails> = {},
  findings: Findings | null = findingsWith(),
): DatasetDetails => ({
  id: "d1",
  name: "pets",
  version: 1,
  is_newest: true,
  description: "",
  file_name: "pets.zip",
  size_bytes: 9000,
  received_bytes: 9000,
  is_complete: true,
  sha256: null,
  format: "zip",
  path: ".netloom/uploads/d1/pets.zip",
  reader: "data.image_zip",
  survey_state: "succeeded",
  survey_progress: null,
  num_images: 80,
  num_classes: 2,
  owner: "ada",
  visibility: "private",
  right: "own",
  created: 100,
  completed: 101,
  survey: { state: "succeeded", run: null, progress: null, diagnostics: [], findings },
  versions: [],
  source: { operator: "data.image_zip", settings: { path: ".netloom/uploads/d1/pets.zip" } },
  ...changes,
});
