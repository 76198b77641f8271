/** A first pipeline for a data set: read, divide, bring to one size, train, measure. */
import type { DatasetDetails } from "./datasets";

/** Networks from scratch learn little from more pixels than these, and take long. */
const LARGEST_SIDE = 128;
const SMALLEST_SIDE = 16;
const STEP = 16;
/** From here on, pictures have details for which a deeper network is worth its time. */
const DEEP_SIDE = 80;

/** The network for each source, and what it learns in a few words. */
const LEARNERS: Readonly<Record<string, { model: string; learns: string }>> = {
  "data.detection": { model: "models.object_detector", learns: "Find the objects in" },
  "data.segmentation": { model: "models.segmenter", learns: "Label the pixels of" },
  "data.text_detection": { model: "models.text_detector", learns: "Find the texts in" },
  "data.text_recognition": { model: "models.text_recognizer", learns: "Read the lines of" },
  "data.enhancement": { model: "models.image_enhancer", learns: "Enhance the pictures of" },
  "data.depth": { model: "models.depth_estimator", learns: "Estimate depths in" },
  "data.video": { model: "models.video_classifier", learns: "Tell what happens in" },
  "data.normals": { model: "models.normal_estimator", learns: "Estimate normals in" },
};
/** Pictures of which places matter are trained on in pieces, or as a whole if they are small. */
const LARGEST_SCENE = 512;
/** Videos are many pictures at once, and movements are seen in small ones. */
const LARGEST_FRAME = 112;

/** The text of a pipeline that reads a data set and trains a network for it; null until it has arrived. */
export function pipelineText(dataset: DatasetDetails): string | null {
  const source = sourceNode(dataset);
  if (source === null) {
    return null;
  }
  const learner = LEARNERS[dataset.source?.operator ?? ""];
  return learner === undefined
    ? classificationText(dataset, source)
    : annotatedText(dataset, source, learner);
}

/** Parts that the files name stay as they are when the data are divided. */
function annotatedText(
  dataset: DatasetDetails,
  source: string,
  { model, learns }: { model: string; learns: string },
): string {
  return [
    "netloom: 1",
    `name: ${pipelineName(dataset.name)}`,
    `description: ${JSON.stringify(`${learns} ${dataset.name}.`)}`,
    "",
    "nodes:",
    `  data:   ${source}`,
    "  parts:  {op: data.split, dataset: data, valid: 0.1, test: 0.2, seed: 7}",
    ...sizing(dataset),
    "",
    `  model:  {op: ${model}}`,
    "  fit:    {op: train, model: model, dataset: images, epochs: 20}",
    "",
    "  score:  {op: evaluate, model: fit.model, dataset: images}",
    "",
  ].join("\n");
}

/** Lines keep the proportions that texts need; models make them as high as they want. */
function sizing({ source, survey }: DatasetDetails): string[] {
  const longest = Math.max(survey.findings?.width?.max ?? 0, survey.findings?.height?.max ?? 0);
  const most = source?.operator === "data.video" ? LARGEST_FRAME : LARGEST_SCENE;
  if (source?.operator === "data.text_recognition" || longest <= most) {
    return ["  images: {op: image.normalize, images: parts}"];
  }
  return [
    `  sized:  {op: image.resize, images: parts, size: ${most}}`,
    "  images: {op: image.normalize, images: sized}",
  ];
}

function classificationText(dataset: DatasetDetails, source: string): string {
  const findings = dataset.survey.findings;
  const hasParts = findings !== null && Object.keys(findings.parts).length > 1;
  const side = sideOf(dataset);
  const images = hasParts ? "data" : "parts";
  const split = "  parts:  {op: data.split, dataset: data, valid: 0.1, test: 0.2, seed: 7}";
  const backbone = side >= DEEP_SIDE ? "{type: resnet, depth: 18}" : "{type: convnet}";
  const epochs = 20;
  return [
    "netloom: 1",
    `name: ${pipelineName(dataset.name)}`,
    `description: ${JSON.stringify(`Classify ${dataset.name}.`)}`,
    "",
    "nodes:",
    `  data:   ${source}`,
    ...(hasParts ? [] : [split]),
    `  sized:  {op: image.resize, images: ${images}, size: ${side}}`,
    "  images: {op: image.normalize, images: sized}",
    "",
    `  model:  {op: models.image_classifier, backbone: ${backbone}}`,
    `  fit:    {op: train, model: model, dataset: images, epochs: ${epochs}}`,
    "",
    "  score:  {op: evaluate, model: fit.model, dataset: images}",
    "",
  ].join("\n");
}

/** The node that brings a data set into a pipeline; null until it has arrived. */
export function sourceNode({ source, survey }: DatasetDetails): string | null {
  if (source === null) {
    return null;
  }
  const settings: Record<string, unknown> = { ...source.settings };
  if ((survey.findings?.skipped.total ?? 0) > 0) {
    settings.on_bad = "skip"; // or the pipeline would refuse what the survey has told already
  }
  const written = Object.entries(settings).map(([name, value]) => `${name}: ${scalar(value)}`);
  return `{${[`op: ${source.operator}`, ...written].join(", ")}}`;
}

function sideOf({ survey }: DatasetDetails): number {
  const { width, height } = survey.findings ?? { width: null, height: null };
  if (!width || !height) {
    return LARGEST_SIDE;
  }
  const median = Math.max(width.median, height.median);
  const rounded = STEP * Math.round(median / STEP);
  return Math.min(LARGEST_SIDE, Math.max(SMALLEST_SIDE, rounded));
}

/** What pipelines may be called: letters, digits, `-` and `_`. */
function pipelineName(name: string): string {
  const plain = name
    .trim()
    .replace(/[^\p{L}\p{N}]+/gu, "_")
    .replace(/^_+|_+$/g, "");
  return scalar(plain || "data");
}

/** A value of YAML, without quotes where it reads the same; short words could mean yes, no or nothing. */
const scalar = (value: unknown): string =>
  typeof value === "string" &&
  !["null", "true", "false"].includes(value.toLowerCase()) &&
  /^[A-Za-z][\w]{3,}$/.test(value)
    ? value
    : JSON.stringify(value);
