/** Which metrics there are to draw. */
import type { CurveSource } from "./curveQueries";
import type { Run } from "./runQueries";

/** Every metric of a run; `prefix` tells runs apart where several are drawn. */
export function sourcesOf(
  run: Pick<Run, "id" | "started" | "nodes">,
  prefix: string | null = null,
): CurveSource[] {
  return run.nodes.flatMap(({ id, metrics }) =>
    Object.keys(metrics).map((name) => ({
      run: run.id,
      node: id,
      name,
      label: prefix === null ? id : `${prefix} · ${id}`,
      startedAt: run.started,
    })),
  );
}

/** The expected end of what is running, in seconds; null if nobody can tell. */
export function etaOf(run: Pick<Run, "nodes">): number | null {
  const etas = run.nodes
    .filter(({ state, progress }) => state === "running" && progress?.eta_s != null)
    .map(({ progress }) => progress?.eta_s ?? 0);
  return etas.length === 0 ? null : Math.max(...etas);
}
