/** Pipelines of the workspace: what the server knows of them, and what can be done with one. */
import { queryOptions } from "@tanstack/react-query";
import { api, dataOf, Refusal, type Schemas } from "@/api/client";
import { keys } from "@/api/queries";
import { currentLanguage } from "@/i18n";
import { freeName, withName } from "./pipelineText";

export type PipelineSummary = Schemas["PipelineSummary"];
export type Pipeline = Schemas["Pipeline"];
export type Template = Schemas["Template"];
export type RunSummary = Schemas["RunSummary"];

export const pipelinesQuery = queryOptions({
  queryKey: [...keys.pipelines, "list"],
  queryFn: async () => (await dataOf(api.GET("/api/v1/pipelines"))).pipelines,
});

export const templatesQuery = () =>
  queryOptions({
    queryKey: ["templates", currentLanguage()],
    queryFn: async () => (await dataOf(api.GET("/api/v1/templates"))).templates,
    staleTime: Number.POSITIVE_INFINITY,
  });

/** What a text means, for its picture. */
export const sketchQuery = (text: string) =>
  queryOptions({
    queryKey: ["sketch", text],
    queryFn: () => dataOf(api.POST("/api/v1/text/check", { body: { text } })),
    staleTime: Number.POSITIVE_INFINITY,
  });

const RECENT = 60;

/** The newest run of each pipeline, by the pipeline's name: runs know no more of where they come from. */
export const latestRunsQuery = queryOptions({
  queryKey: [...keys.runs, "latest of pipelines"],
  queryFn: async () => {
    const { runs, total } = await dataOf(
      api.GET("/api/v1/runs", { params: { query: { limit: RECENT } } }),
    );
    return { latest: latestOf(runs), isComplete: total <= RECENT };
  },
});

/** Newest runs of pipelines that have none among the recent ones. These hardly change, so events do not ask anew. */
export const olderRunsQuery = (names: readonly string[]) =>
  queryOptions({
    queryKey: [...keys.pipelines, "older runs", names],
    queryFn: async () => {
      const pages = await Promise.all(
        names.map((pipeline) =>
          dataOf(api.GET("/api/v1/runs", { params: { query: { pipeline, limit: 1 } } })),
        ),
      );
      return latestOf(pages.flatMap((page) => page.runs));
    },
    enabled: names.length > 0,
    staleTime: 60_000,
  });

/** The newest run of each pipeline, by its id, or by its name if the run is of a text. Runs come newest first. */
export function latestOf(runs: readonly RunSummary[]): ReadonlyMap<string, RunSummary> {
  const latest = new Map<string, RunSummary>();
  for (const run of runs) {
    const of = run.stored_pipeline ?? run.pipeline;
    if (!latest.has(of)) {
      latest.set(of, run);
    }
  }
  return latest;
}

const LIKELY = 5;

/** The newest run of a pipeline that succeeded; null if none did. Others may have pipelines of the same name. */
export async function lastGoodRun({ id, name }: PipelineSummary): Promise<RunSummary | null> {
  const query = { pipeline: name, state: ["succeeded" as const], limit: LIKELY };
  const { runs } = await dataOf(api.GET("/api/v1/runs", { params: { query } }));
  return runs.find((run) => run.stored_pipeline === null || run.stored_pipeline === id) ?? null;
}

/** Keep a text as a pipeline under a name that no other has. */
export function createNamed(
  text: string,
  name: string,
  taken: readonly PipelineSummary[],
): Promise<Pipeline> {
  const free = freeName(
    name,
    taken.map((pipeline) => pipeline.name),
  );
  return createPipeline(free === name ? text : withName(text, free));
}

export const createPipeline = (text: string): Promise<Pipeline> =>
  dataOf(api.POST("/api/v1/pipelines", { body: { text, visibility: "private" } }));

/** Keep a file's text; what is not even a mapping of YAML is refused with the place of the mistake. */
export async function importText(text: string): Promise<Pipeline> {
  const sketch = await dataOf(api.POST("/api/v1/text/check", { body: { text } }));
  if (sketch.graph === null) {
    const first = sketch.diagnostics[0]?.message ?? "";
    throw new Refusal(422, first, sketch.diagnostics);
  }
  return createPipeline(text);
}

export const readPipeline = (pipeline: string): Promise<Pipeline> =>
  dataOf(api.GET("/api/v1/pipelines/{pipeline}", { params: { path: { pipeline } } }));

export async function duplicate(
  { id, name }: PipelineSummary,
  taken: readonly PipelineSummary[],
): Promise<Pipeline> {
  return createNamed((await readPipeline(id)).text, name, taken);
}

/** Another name in the draft, based on the draft as it is now. */
export async function rename({ id }: PipelineSummary, name: string): Promise<Pipeline> {
  const { text, revision } = await readPipeline(id);
  return dataOf(
    api.PUT("/api/v1/pipelines/{pipeline}/draft", {
      params: { path: { pipeline: id }, header: { "If-Match": `"${revision}"` } },
      body: { text: withName(text, name) },
    }),
  );
}

export const deletePipeline = (pipeline: string) =>
  api.DELETE("/api/v1/pipelines/{pipeline}", { params: { path: { pipeline } } });

/** All of the graph, as its text says. */
const WHOLE = {
  description: "",
  scratch: false,
  priority: 0,
  to: [],
  from: [],
  force: [],
  variables: {},
};

export const startRun = (pipeline: string): Promise<Schemas["Run"]> =>
  dataOf(api.POST("/api/v1/runs", { body: { ...WHOLE, pipeline } }));

/** The text that a run was made of, as its author wrote it. */
export async function textOfRun(run: string): Promise<string> {
  const path = { run };
  const capsule = await dataOf(api.GET("/api/v1/runs/{run}/capsule", { params: { path } }));
  return capsule.written ?? capsule.resolved;
}
