/**
 * What opening a pipeline asks of the server, in a module of its own: a page that starts with a pipeline's address
 * asks before the code of its editor has arrived.
 */
import type { QueryClient } from "@tanstack/react-query";
import { queryOptions } from "@tanstack/react-query";
import { api, dataOf, type Schemas } from "@/api/client";
import { keys } from "@/api/queries";
import { sessionQuery } from "@/api/session";
import { currentLanguage } from "@/i18n";

type Document = Schemas["SketchedPipeline"];

/** Operators and port types as the server describes them. */
export const operatorsQuery = () =>
  queryOptions({
    queryKey: [...keys.operators, "described", currentLanguage()],
    queryFn: () =>
      Promise.all([dataOf(api.GET("/api/v1/operators")), dataOf(api.GET("/api/v1/port-types"))]),
    staleTime: 60_000,
  });

const ahead = new Map<string, Promise<Document>>();

const requested = (pipeline: string): Promise<Document> =>
  dataOf(api.GET("/api/v1/pipelines/{pipeline}/sketch", { params: { path: { pipeline } } }));

/** A pipeline with what its text means. What was asked for ahead is used once: later it would be old. */
export function documentOf(pipeline: string): Promise<Document> {
  const asked = ahead.get(pipeline);
  ahead.delete(pipeline);
  return asked?.catch(() => requested(pipeline)) ?? requested(pipeline);
}

/** Ask for whatever the screen at an address will need first; true if that is a pipeline's. */
export function askAhead(client: QueryClient, path: string): boolean {
  void client.prefetchQuery(sessionQuery);
  const pipeline = /^\/pipelines\/([^/]+)$/.exec(path)?.[1];
  if (pipeline !== undefined) {
    const asked = requested(decodeURIComponent(pipeline));
    asked.catch(() => {}); // the screen asks again, and says so
    ahead.set(decodeURIComponent(pipeline), asked);
    void client.prefetchQuery(operatorsQuery());
  }
  return pipeline !== undefined;
}
