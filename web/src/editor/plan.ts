/** What a run of the draft would do, asked for after a pause in the changes. */
import type { Schemas } from "@/api/client";
import { keptValues } from "@/graph/sameness";
import type { EditorServer } from "./server";
import type { PlanView } from "./types";

const PAUSE_MS = 600;

/** A plan as the editor shows it; nodes that did not change stay the same objects. */
export function planView(plan: Schemas["Plan"], like: PlanView | null): PlanView {
  const nodes = Object.fromEntries(plan.nodes.map((node) => [node.node, node]));
  return {
    nodes: keptValues(like?.nodes ?? {}, nodes),
    jobsToRun: plan.jobs_to_run,
    jobsThatMayRun: plan.jobs_that_may_run,
    jobsCached: plan.jobs_cached,
    expectedS: plan.expected_s,
  };
}

/** Asks for plans; only the newest question counts. */
export class Planner {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private request: AbortController | null = null;
  private planned: string | null = null;
  private isClosed = false;

  constructor(
    private readonly server: EditorServer,
    /** The plan; null if there is none, with the reason if it was asked for. */
    private readonly show: (plan: Schemas["Plan"] | null, problem?: unknown) => void,
  ) {}

  /** The document is now this text; null while it is not valid or not saved. */
  changed(text: string | null): void {
    if (text === this.planned || this.isClosed) {
      return;
    }
    clearTimeout(this.timer);
    this.planned = null;
    this.request?.abort();
    if (text !== null) {
      this.timer = setTimeout(() => void this.ask(text).catch(() => {}), PAUSE_MS); // shown
      this.planned = text;
    }
  }

  /** Ask now: results may have been added or deleted. */
  async ask(text: string): Promise<void> {
    clearTimeout(this.timer);
    this.request?.abort();
    const request = new AbortController();
    this.request = request;
    this.planned = text;
    try {
      const plan = await this.server.plan(text, request.signal);
      if (!request.signal.aborted) {
        this.show(plan);
      }
    } catch (problem) {
      if (!request.signal.aborted) {
        this.planned = null;
        this.show(null, problem);
        throw problem;
      }
    }
  }

  close(): void {
    this.isClosed = true;
    clearTimeout(this.timer);
    this.request?.abort();
  }
}
