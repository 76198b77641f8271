/** What the events of a run's stream change in what is known of the run. */
import type { RunEvent } from "@/api/events";
import type { Run, RunNode } from "./runQueries";

/** The run after events, in order. Parts that did not change stay the same values. */
export function afterEvents(run: Run, events: readonly RunEvent[]): Run {
  const nodes = new Map(run.nodes.map((node) => [node.id, node]));
  let { state, finished } = run;
  let hasChanged = false;
  for (const event of events) {
    if (event.kind === "run_changed") {
      state = event.state;
      continue;
    }
    const before = nodes.get(event.node);
    const after = before && nodeAfter(before, event);
    if (after !== undefined && after !== before) {
      nodes.set(event.node, after);
      hasChanged = true;
    }
  }
  if (state !== run.state && events.length > 0) {
    finished = null; // read anew with everything else once the list of runs is
  }
  if (!hasChanged && state === run.state) {
    return run;
  }
  return {
    ...run,
    state,
    finished,
    nodes: hasChanged ? run.nodes.map((node) => nodes.get(node.id) ?? node) : run.nodes,
  };
}

function nodeAfter(node: RunNode, event: Exclude<RunEvent, { kind: "run_changed" }>): RunNode {
  switch (event.kind) {
    case "node_changed":
      return {
        ...node,
        state: event.state,
        why: event.why || node.why,
        attempt: event.attempt || node.attempt,
        fingerprint: event.fingerprint ?? node.fingerprint,
        started: event.state === "running" ? event.time : node.started,
        seconds: event.seconds ?? node.seconds,
        outputs: event.outputs ?? node.outputs,
        diagnostics: event.diagnostics?.length ? event.diagnostics : node.diagnostics,
        request: event.state === "waiting" ? (event.request ?? node.request) : null,
        metrics: event.metrics ?? node.metrics,
      };
    case "node_progressed": {
      const { done, unit, time } = event;
      const progress = { done, unit, time, total: event.total ?? null, eta_s: event.eta_s ?? null };
      return { ...node, progress };
    }
    case "node_metrics": {
      const last = event.values.at(-1);
      return last === undefined
        ? node
        : { ...node, metrics: { ...node.metrics, [event.name]: last } };
    }
    default:
      return node;
  }
}
