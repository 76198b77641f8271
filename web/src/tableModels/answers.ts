/** What a model says of a row, target by target, and how that differs from what it said before. */
import type { Target } from "./inputs";

/** From here on a value is taken to hold. */
export const THRESHOLD = 0.5;

/** How probable a value is, from 0 to 1; `before`: at the start, if that is known. */
export interface Chance {
  readonly label: string;
  readonly score: number;
  readonly before: number | null;
}

export type TargetAnswer =
  | {
      readonly kind: "binary";
      readonly value: string;
      /** Of the positive value. */
      readonly chance: Chance;
    }
  | { readonly kind: "classes"; readonly value: string; readonly chances: readonly Chance[] }
  | {
      readonly kind: "labels";
      readonly values: readonly string[];
      readonly chances: readonly Chance[];
    }
  | { readonly kind: "number"; readonly value: number | null; readonly before: number | null };

type AnswerRow = Readonly<Record<string, unknown>>;

/** What a row of an answer says of a target; null if it says nothing of it. */
export function targetAnswer(
  target: Target,
  row: AnswerRow,
  start: AnswerRow | null = null,
): TargetAnswer | null {
  const value = row[target.column];
  if (value === undefined) {
    return null;
  }
  switch (target.type) {
    case "binary":
      return binaryAnswer(target, row, start);
    case "number":
      return { kind: "number", value: numberIn(value), before: numberIn(start?.[target.column]) };
    case "classes":
      return { kind: "classes", value: String(value), chances: bestFirst(target, row, start) };
    case "labels":
      return {
        kind: "labels",
        values: Array.isArray(value) ? value.map(String) : [],
        chances: bestFirst(target, row, start),
      };
  }
}

function binaryAnswer(target: Target, row: AnswerRow, start: AnswerRow | null): TargetAnswer {
  const key = `${target.column}_score`;
  return {
    kind: "binary",
    value: String(row[target.column]),
    chance: {
      label: target.classes?.[1] ?? "",
      score: numberIn(row[key]) ?? 0,
      before: numberIn(start?.[key]),
    },
  };
}

function bestFirst(target: Target, row: AnswerRow, start: AnswerRow | null): Chance[] {
  const scores = listIn(row[`${target.column}_scores`]);
  const before = listIn(start?.[`${target.column}_scores`]);
  return (target.classes ?? [])
    .map((label, at) => ({
      label,
      score: numberIn(scores[at]) ?? 0,
      before: numberIn(before[at]),
    }))
    .sort((first, second) => second.score - first.score);
}

const numberIn = (value: unknown): number | null => (typeof value === "number" ? value : null);

const listIn = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** How sure the model is of what it says; null of numbers. */
export function sureness(answer: TargetAnswer): number | null {
  switch (answer.kind) {
    case "binary":
      return answer.chance.score;
    case "classes":
      return answer.chances[0]?.score ?? null;
    default:
      return null;
  }
}

const SMALLEST_POINTS = 0.05;

/** A difference of shares in points of a hundred: `+8.9`, `−0.3`; null if it cannot be seen. */
export function pointsText(chance: Pick<Chance, "score" | "before">): string | null {
  if (chance.before === null) {
    return null;
  }
  const points = 100 * (chance.score - chance.before);
  return Math.abs(points) < SMALLEST_POINTS ? null : signed(points.toFixed(1));
}

/** A difference of numbers, as exact as the numbers are shown; null if there is none. */
export function differenceText(value: number | null, before: number | null): string | null {
  if (value === null || before === null || value === before) {
    return null;
  }
  const short = Number((value - before).toPrecision(3));
  return signed(String(short));
}

const signed = (text: string): string => (text.startsWith("-") ? `−${text.slice(1)}` : `+${text}`);
