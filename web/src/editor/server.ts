/** What the editor asks of the server. An interface, so that tests can be the server. */
import { api, dataOf, type Schemas } from "@/api/client";
import { documentOf } from "./askAhead";
import type { Edit, Pipeline, RunSelection } from "./types";

export type Sketch = Schemas["Sketch"];
export type Run = Schemas["Run"];

export interface EditorServer {
  /** The pipeline and what its text means. */
  open(): Promise<Schemas["SketchedPipeline"]>;
  load(): Promise<Pipeline>;
  check(text: string): Promise<Sketch>;
  /** Refused with 412 if the draft's revision is another by now; also `saveText` and `saveVersion`. */
  sendEdits(edits: readonly Edit[], revision: number): Promise<Schemas["SketchedPipeline"]>;
  saveText(text: string, revision: number): Promise<Pipeline>;
  saveVersion(message: string, revision: number): Promise<Schemas["Version"]>;
  plan(text: string, signal: AbortSignal): Promise<Schemas["Plan"]>;
  startRun(selection: RunSelection): Promise<Run>;
  run(id: string): Promise<Run>;
  cancelRun(id: string): Promise<Run>;
  /** Runs of pipelines with this name: those that have not ended before others, newest first. */
  recentRuns(pipelineName: string): Promise<readonly string[]>;
  /** At most sixty points of a metric. */
  curve(run: string, node: string, name: string): Promise<readonly (number | null)[]>;
}

const POINTS = 60;
const UNFINISHED: Schemas["RunState"][] = ["queued", "running", "waiting", "pending"];

/** The server of the workbench, for one pipeline. */
export function createServer(pipeline: string): EditorServer {
  const path = { pipeline };
  const ofRevision = (revision: number) => ({ path, header: { "If-Match": `"${revision}"` } });
  const newest = async (name: string, state: Schemas["RunState"][]) => {
    const query = { pipeline: name, state, limit: 5, sort: "created", scratch: "with" as const };
    const found = await dataOf(api.GET("/api/v1/runs", { params: { query } }));
    return found.runs
      .filter((run) => (run.stored_pipeline ?? pipeline) === pipeline) // others may have the same name
      .map((run) => run.id);
  };
  return {
    open: () => documentOf(pipeline),
    load: () => dataOf(api.GET("/api/v1/pipelines/{pipeline}", { params: { path } })),
    check: (text) => dataOf(api.POST("/api/v1/text/check", { body: { text } })),
    sendEdits: (edits, revision) =>
      dataOf(
        api.POST("/api/v1/pipelines/{pipeline}/edits", {
          params: ofRevision(revision),
          body: { edits: [...edits] },
        }),
      ),
    saveText: (text, revision) =>
      dataOf(
        api.PUT("/api/v1/pipelines/{pipeline}/draft", {
          params: ofRevision(revision),
          body: { text },
        }),
      ),
    saveVersion: (message, revision) =>
      dataOf(
        api.POST("/api/v1/pipelines/{pipeline}/versions", {
          params: ofRevision(revision),
          body: { message },
        }),
      ),
    plan: (text, signal) =>
      dataOf(
        api.POST("/api/v1/text/plan", { body: { text, to: [], from: [], force: [] }, signal }),
      ),
    startRun: ({ to = [], from = [], force = [] }) =>
      dataOf(
        api.POST("/api/v1/runs", {
          body: {
            pipeline,
            to,
            from,
            force,
            variables: {},
            description: "",
            scratch: false,
            priority: 0,
          },
        }),
      ),
    run: (run) => dataOf(api.GET("/api/v1/runs/{run}", { params: { path: { run } } })),
    cancelRun: (run) =>
      dataOf(api.POST("/api/v1/runs/{run}/cancel", { params: { path: { run } } })),
    recentRuns: async (name) => {
      const found = await Promise.all([newest(name, UNFINISHED), newest(name, [])]);
      return [...new Set(found.flat())];
    },
    curve: async (run, node, name) => {
      const query = { node, name, max_points: POINTS };
      const found = await dataOf(
        api.GET("/api/v1/runs/{run}/metrics/curve", { params: { path: { run }, query } }),
      );
      return found.values;
    },
  };
}
