/** Trained models that a node could use, and how well each fits its data. */
import { queryOptions } from "@tanstack/react-query";
import { api, dataOf } from "@/api/client";
import { keys } from "@/api/queries";
import type { ModelSummary } from "@/models/models";

/** More than anybody reads through; the search finds the others. */
const MOST = 200;

/** Models of a task, newest first, whose name, pipeline or classes contain a text. */
export const candidatesQuery = (task: string | null, text: string) =>
  queryOptions({
    queryKey: [...keys.models, "candidates", task, text],
    queryFn: ({ signal }) => {
      const query = { text, limit: MOST, ...(task !== null && { task }) };
      return dataOf(api.GET("/api/v1/models", { params: { query }, signal }));
    },
  });

export interface Candidate {
  readonly model: ModelSummary;
  /** What the node will say. */
  readonly reference: string;
  /** Classes of the data that the model does not know; null while those of the data are not known. */
  readonly unknown: readonly string[] | null;
}

/** The models as candidates for data with these classes: those that know all of them first. */
export function candidatesOf(
  models: readonly ModelSummary[],
  classes: readonly string[] | null,
): Candidate[] {
  const count = new Map<string, number>();
  for (const { reference } of models) {
    count.set(reference, (count.get(reference) ?? 0) + 1);
  }
  const found = models.map((model) => ({
    model,
    // Two people may give the same name.
    reference: (count.get(model.reference) ?? 0) > 1 ? model.id : model.reference,
    unknown: classes && unknownTo(model, classes),
  }));
  return [...found.filter(fits), ...found.filter((each) => !fits(each))];
}

/** Nothing is known that speaks against it. */
export const fits = ({ unknown }: Candidate): boolean => unknown === null || unknown.length === 0;

/** A model without classes, which writes texts or pictures, knows whatever there is. */
function unknownTo(model: ModelSummary, classes: readonly string[]): string[] {
  const known = new Set(model.classes);
  return known.size === 0 ? [] : classes.filter((name) => !known.has(name));
}

/** The model that a reference is about, among some. */
export function referencedModel(
  models: readonly ModelSummary[],
  reference: string,
): ModelSummary | undefined {
  return (
    models.find((model) => model.reference === reference) ??
    models.find(({ id, artifact }) => [id, artifact, `artifact:${artifact}`].includes(reference)) ??
    models.find(({ name }) => name === reference) // the newest
  );
}
