/** Predictions of any learning task as something to list: what they have in common is how they are named. */
import { formatNumber, formatPercent } from "@/ui/formatting";

/** Something in the picture, and how sure that is or how much of the picture it covers, from 0 to 1. */
export interface Thing {
  readonly label: string;
  readonly share: number | null;
}

export interface Findings {
  /** What is written in the picture; null if the task does not read. */
  readonly text: string | null;
  /** Objects or regions; null if the task finds none. */
  readonly things: readonly Thing[] | null;
  /** Objects that are too unsure to be drawn. */
  readonly guesses: readonly Thing[];
  /** Plain numbers and words that are left. */
  readonly facts: readonly { name: string; value: string }[];
}

type Json = Readonly<Record<string, unknown>>;

/** Drawings leave out what scores less: a detector tells of much that it hardly believes itself. */
const DRAWN_FROM = 0.5;

export function findingsOf(prediction: Json): Findings {
  const { text, objects, classes, ...others } = prediction;
  // The size of a picture that came out stands below it.
  const { width: _width, height: _height, image: _image, ...facts } = others;
  const rest = enhancedOf(others) === null ? others : facts;
  const found = Array.isArray(objects) ? objects.filter(isMapping).map(thingOf) : null;
  const isDrawn = ({ share }: Thing) => share === null || share >= DRAWN_FROM;
  return {
    text: typeof text === "string" ? text : null,
    things: found?.filter(isDrawn) ?? (isMapping(classes) ? sharesOf(classes) : null),
    guesses: found?.filter((thing) => !isDrawn(thing)) ?? [],
    facts: Object.entries(rest).flatMap(([name, value]) => {
      const isShare = name === "score" && typeof value === "number";
      const shown = isShare ? formatPercent(value) : factText(value);
      return shown === null ? [] : [{ name: name.replaceAll("_", " "), value: shown }];
    }),
  };
}

/** A picture that a model gives back in place of the one that came in. */
export interface Enhanced {
  /** The picture itself, as an address. */
  readonly url: string;
  readonly width: number;
  readonly height: number;
}

/** The better picture of a prediction; null if its learning task gives none. */
export function enhancedOf({ image, width, height }: Json): Enhanced | null {
  const isOne =
    typeof image === "string" && typeof width === "number" && typeof height === "number";
  return isOne ? { url: `data:image/png;base64,${image}`, width, height } : null;
}

const isMapping = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function thingOf(thing: Json): Thing {
  const { label, text, score } = thing;
  const name = [label, text].filter((part) => typeof part === "string" && part !== "").join(": ");
  return { label: name || "–", share: typeof score === "number" ? score : null };
}

/** Classes by the share of the picture that they cover, largest first; those that are absent left out. */
function sharesOf(classes: Json): Thing[] {
  return Object.entries(classes)
    .flatMap(([label, share]) => (typeof share === "number" && share > 0 ? [{ label, share }] : []))
    .sort((one, other) => other.share - one.share);
}

const LONGEST_WORD = 80;

/** Numbers and short words; long ones are pictures in letters. */
function factText(value: unknown): string | null {
  if (typeof value === "number") {
    return formatNumber(value);
  }
  return typeof value === "string" && value.length <= LONGEST_WORD ? value : null;
}
