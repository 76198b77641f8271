/** What a node shows below its ports: at most three lines, the most telling first. */
import type { Diagnostic, GraphNode, NodeRun, Progress } from "@/editor/types";
import { familyOf, type TypeFamily } from "@/tables/columnTypes";
import { formatBytes, formatNumber } from "@/ui/formatting";
import { settingsSummary } from "./settingsSummary";

export type BodyLine =
  | { kind: "text"; tone: "problem" | "settings" | "note" | "file" | "model"; text: string }
  | { kind: "progress"; progress: Progress }
  | { kind: "spark"; points: readonly number[] }
  | { kind: "images"; port: string; artifact: string }
  | { kind: "table"; table: TableAmounts }
  | { kind: "bars"; bars: readonly Bar[]; amounts: Amounts }
  | { kind: "chips"; chips: readonly Chip[] };

export interface Bar {
  name: string;
  count: number;
}

/** How much there is in a data set; what is null is not what it is about. */
export interface Amounts {
  samples: number;
  classes: number;
  objects: number | null;
  characters: number | null;
  pairs: number | null;
}

export interface Chip {
  name: string;
  value: string;
}

/** How large a table is, or what a feature map makes of one. */
export interface TableAmounts {
  /** Of a table; of a feature map the columns that come out. */
  columns: number;
  /** Of a table; null of a feature map. */
  rows: number | null;
  /** Of a feature map; null of a table. */
  features: number | null;
  /** The day of the data; empty if they have none. */
  date: string;
  /** Types of the columns that go in or are there, the most frequent first. */
  types: readonly { type: string; count: number }[];
}

const MOST_LINES = 3;
const MOST_CHIPS = 3;

/** Measures people look at first, in this order. */
const TELLING = ["accuracy", "f1", "auc", "loss", "parameters", "macs", "size", "parity"];

/** The lines of a node. */
export function bodyOf(
  node: GraphNode,
  run: NodeRun | undefined,
  problems: readonly Diagnostic[],
): readonly BodyLine[] {
  const first = problems[0];
  const lines: BodyLine[] = [];
  if (first !== undefined) {
    lines.push({ kind: "text", tone: "problem", text: first.message });
  }
  if (node.reuse && !node.bypass) {
    lines.push({ kind: "text", tone: "model", text: node.reuse });
  }
  lines.push(...runLines(run));
  const settings = node.reuse ? "" : settingsSummary(node.settings ?? {});
  if (settings !== "") {
    lines.push({ kind: "text", tone: "settings", text: settings });
  }
  if (node.note) {
    lines.push({ kind: "text", tone: "note", text: node.note });
  }
  return lines.slice(0, MOST_LINES);
}

function runLines(run: NodeRun | undefined): BodyLine[] {
  if (run === undefined) {
    return [];
  }
  const lines: BodyLine[] = [];
  if (run.state === "running" && run.progress !== null) {
    lines.push({ kind: "progress", progress: run.progress });
  }
  if (run.spark.length > 1) {
    lines.push({ kind: "spark", points: run.spark });
  }
  const chips = chipsOf(run.metrics);
  if (chips.length > 0) {
    lines.push({ kind: "chips", chips });
  }
  for (const [port, output] of Object.entries(run.outputs)) {
    lines.push(...outputLines(port, output));
  }
  return lines;
}

function rank(name: string): number {
  const place = TELLING.findIndex((word) => name.toLowerCase().includes(word));
  return place < 0 ? TELLING.length : place;
}

/** The most telling numbers; long names lose their first parts. */
function chipsOf(metrics: Readonly<Record<string, number | null>>): Chip[] {
  return Object.entries(metrics)
    .sort(([first], [second]) => rank(first) - rank(second))
    .slice(0, MOST_CHIPS)
    .map(([name, value]) => ({ name, value: formatNumber(value) }));
}

type Output = NodeRun["outputs"][string];

function outputLines(port: string, { artifact, preview, size_bytes: size }: Output): BodyLine[] {
  const bars = barsOf(preview);
  if (bars !== null && typeof preview.samples === "number") {
    return [
      { kind: "images", port, artifact },
      { kind: "bars", bars, amounts: amountsOf(preview, preview.samples, bars.length) },
    ];
  }
  const table = tableAmounts(preview);
  if (table !== null) {
    return [{ kind: "table", table }];
  }
  if (typeof preview.file === "string") {
    return [{ kind: "text", tone: "file", text: `${preview.file} · ${formatBytes(size)}` }];
  }
  if (typeof preview.weights_bytes === "number") {
    const backbone = preview.backbone as { type?: string } | undefined;
    const text = `${backbone?.type ?? port} · ${formatBytes(preview.weights_bytes)}`;
    return [{ kind: "text", tone: "file", text }];
  }
  return [];
}

/** Of the preview of a table or a feature map; null of other things. */
function tableAmounts(preview: Output["preview"]): TableAmounts | null {
  const { rows, columns, features, encoded } = preview;
  const date = typeof preview.date === "string" ? preview.date : "";
  if (typeof rows !== "number") {
    return null;
  }
  if (Array.isArray(columns)) {
    const types = typeCounts((columns as [string, string][]).map(([, type]) => type));
    return { columns: columns.length, rows, features: null, date, types };
  }
  if (Array.isArray(features) && Array.isArray(encoded)) {
    const types = typeCounts(
      (features as { column_type: string }[]).map((each) => each.column_type),
    );
    const number =
      typeof preview.num_features === "number" ? preview.num_features : features.length;
    return { columns: encoded.length, rows: null, features: number, date, types };
  }
  return null;
}

/** How many columns there are of each family of types, the most frequent first. */
function typeCounts(types: readonly string[]): { type: string; count: number }[] {
  const counts = new Map<TypeFamily, { type: string; count: number }>();
  for (const type of types) {
    const known = counts.get(familyOf(type)) ?? { type, count: 0 };
    counts.set(familyOf(type), { ...known, count: known.count + 1 });
  }
  return [...counts.values()].sort((first, second) => second.count - first.count);
}

type Counts = Record<string, number>;

const sum = (counts: Counts): number => Object.values(counts).reduce((all, each) => all + each, 0);

/** How many samples each class has, from the preview of a data set; or objects, where there are some. */
function barsOf(preview: Output["preview"]): Bar[] | null {
  const { classes } = preview;
  if (classes === null || typeof classes !== "object") {
    return null;
  }
  const objects = objectsOf(preview);
  if (objects !== null) {
    return Object.entries(objects.classes).map(([name, found]) => ({
      name,
      count: sum(found.objects),
    }));
  }
  return Object.entries(classes as Record<string, Counts>)
    .filter(([name]) => name !== NO_CLASS || !hasCounterpart(preview))
    .map(([name, parts]) => ({ name, count: sum(parts) }));
}

/** What samples without a class are counted under. */
const NO_CLASS = "none";

const hasCounterpart = ({ texts, pairs, task }: Output["preview"]): boolean =>
  texts !== undefined || pairs !== undefined || task === "semantic_segmentation";

interface ObjectsPreview {
  objects: Counts;
  classes: Record<string, { objects: Counts }>;
}

const objectsOf = ({ objects }: Output["preview"]): ObjectsPreview | null =>
  (objects ?? null) as ObjectsPreview | null;

function amountsOf(preview: Output["preview"], samples: number, classes: number): Amounts {
  const objects = objectsOf(preview);
  const texts = preview.texts as { characters: number } | undefined;
  return {
    samples,
    classes,
    objects: objects === null ? null : sum(objects.objects),
    characters: objects === null ? (texts?.characters ?? null) : null,
    pairs: typeof preview.pairs === "number" ? preview.pairs : null,
  };
}

/** Which words say it: the key of a text, and what it counts. */
export function amountsText({ samples, classes, objects, characters, pairs }: Amounts): {
  key: "objects" | "characters" | "pairs" | "samples";
  count: number;
  more: number;
} {
  if (objects !== null) {
    return { key: "objects", count: samples, more: objects };
  }
  if (pairs !== null) {
    return { key: "pairs", count: pairs, more: 0 };
  }
  return characters !== null
    ? { key: "characters", count: samples, more: characters }
    : { key: "samples", count: samples, more: classes };
}
