/** Loading what an editor needs: the pipeline, what it means, and what was left unsent last time. */
import type { QueryClient } from "@tanstack/react-query";
import { type Catalogue, createCatalogue } from "@/graph/catalogue";
import { operatorsQuery } from "./askAhead";
import { afterThoseThatApply, type Moment, momentOf } from "./moment";
import type { EditorServer, Sketch } from "./server";
import type { Pipeline } from "./types";
import { readUnsent } from "./unsent";

export interface Loaded {
  pipeline: Pipeline;
  sketch: Sketch;
  recovered: { revision: number; acknowledged: Moment; wanted: Moment } | null;
}

/** Operators and port types. */
export async function loadCatalogue(client: QueryClient): Promise<Catalogue> {
  const [operators, types] = await client.fetchQuery(operatorsQuery());
  return createCatalogue(operators, types);
}

/** A pipeline, with what this browser still has to send of it. */
export async function loadPipeline(server: EditorServer, id: string): Promise<Loaded> {
  const { pipeline, sketch } = await server.open();
  const mayEdit = pipeline.right === "write" || pipeline.right === "own";
  const unsent = mayEdit ? readUnsent(id) : null;
  if (unsent === null) {
    return { pipeline, sketch, recovered: null };
  }
  const isSame = unsent.baseText === pipeline.text;
  const base = isSame ? sketch : await server.check(unsent.baseText);
  const acknowledged = momentOf(unsent.baseText, base);
  const wantedText =
    unsent.text === unsent.baseText
      ? acknowledged
      : momentOf(unsent.text, await server.check(unsent.text), acknowledged);
  const wanted = afterThoseThatApply(wantedText, unsent.steps).moment;
  const revision = isSame ? pipeline.revision : unsent.revision;
  return { pipeline, sketch, recovered: { revision, acknowledged, wanted } };
}
