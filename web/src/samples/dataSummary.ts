/** A data set in a few words and bars: what is counted depends on what is known about its pictures. */
import type { Preview } from "./samples";

/** A number with the words for it, `samples:count.<id>`. */
export interface Fact {
  id: "pictures" | "pairs" | "objects" | "perImage" | "texts" | "characters";
  count: number;
}

export interface SummaryBar {
  name: string;
  count: number;
}

export interface DataSummary {
  facts: readonly Fact[];
  /** What bars count: pictures of each class, or objects. */
  counted: "pictures" | "objects";
  bars: readonly SummaryBar[];
  /** How many objects are small, medium and large; none where there are no objects. */
  sizes: readonly SummaryBar[];
}

/** What samples without a class are counted under. */
const NO_CLASS = "none";

/** Whether pictures have something else than a class, so that none is missing. */
const hasCounterpart = ({ texts, num_pairs: pairs, summary }: Preview): boolean =>
  Boolean(texts) || typeof pairs === "number" || summary.task === "semantic_segmentation";

const byCount = (first: SummaryBar, second: SummaryBar) => second.count - first.count;

/** What to say about a data set. */
export function dataSummary(preview: Preview): DataSummary {
  const { num_samples: pictures, num_pairs: pairs, texts, classes } = preview;
  const objects = preview.objects ?? null;
  const facts: Fact[] = [];
  if (typeof pictures === "number") {
    facts.push({ id: "pictures", count: pictures });
  }
  if (typeof pairs === "number") {
    facts.push({ id: "pairs", count: pairs });
  }
  if (objects !== null) {
    facts.push({ id: "objects", count: objects.num_objects });
    facts.push({ id: "perImage", count: objects.per_image });
  }
  if (texts) {
    facts.push({ id: "texts", count: texts.num_texts });
    facts.push({ id: "characters", count: texts.num_characters });
  }
  if (objects === null) {
    const bars = classes
      .map(({ name, num_images: count }) => ({ name, count }))
      .filter(({ name }) => name !== NO_CLASS || !hasCounterpart(preview));
    // Masks are not counted: then nothing is known of any class.
    const isCounted = bars.some(({ count }) => count > 0);
    return { facts, counted: "pictures", bars: isCounted ? bars : [], sizes: [] };
  }
  return {
    facts,
    counted: "objects",
    bars: objects.classes.map(({ name, num_objects: count }) => ({ name, count })).sort(byCount),
    sizes: Object.entries(objects.sizes).map(([name, count]) => ({ name, count })),
  };
}
