/**
 * A document at one moment: a text, and steps of edits that are not in the text yet.
 *
 * The server writes the text, because only it keeps comments and layout. Until it has answered, a moment is the
 * text before and the steps since, which says exactly what is meant. Undo returns to a moment.
 */
import { applyEdits, BadEdit } from "@/graph/edits";
import { followingEdits, readLayout } from "@/graph/groups";
import { kept, keptGraph, keptValues } from "@/graph/sameness";
import type { Sketch } from "./server";
import type { Edit, Snapshot } from "./types";

/** What one action changed; applied whole or not at all. */
export type Step = readonly Edit[];

export interface Moment extends Snapshot {
  /** To be applied to `text`, in order. Graph and layout have them already. */
  readonly steps: readonly Step[];
}

/** What a text means, as the server reads it; `like` lends its objects where nothing changed. */
export function momentOf(text: string, sketch: Sketch, like: Snapshot | null = null): Moment {
  const { layout, canvas } = readLayout(sketch.layout);
  const found: Moment = {
    text,
    steps: [],
    graph: sketch.graph,
    layout,
    canvas,
    wired: sketch.wired,
    diagnostics: sketch.diagnostics,
    isValid: sketch.is_valid,
  };
  return like === null ? found : resembling(found, like);
}

function resembling(found: Moment, like: Snapshot): Moment {
  const { canvas } = found;
  return {
    ...found,
    graph: keptGraph(like.graph, found.graph),
    layout: keptValues(like.layout, found.layout),
    canvas: {
      groups: kept(like.canvas.groups, canvas.groups),
      notes: kept(like.canvas.notes, canvas.notes),
      collapsed: isSameSet(like.canvas.collapsed, canvas.collapsed)
        ? like.canvas.collapsed
        : canvas.collapsed,
      sizes: kept(like.canvas.sizes, canvas.sizes),
    },
    wired: kept(like.wired, found.wired),
    diagnostics: kept(like.diagnostics, found.diagnostics),
  };
}

function isSameSet(left: ReadonlySet<string>, right: ReadonlySet<string>): boolean {
  return left.size === right.size && [...left].every((each) => right.has(each));
}

/** The moment after a step. Throws `BadEdit`; groups follow nodes that go away or are renamed. */
export function after(moment: Moment, edits: readonly Edit[]): Moment {
  const { graph, layout, canvas } = moment;
  if (graph === null) {
    throw new BadEdit(edits[0] as Edit, { key: "edit.noGraph", values: {} });
  }
  const step = [...followingEdits(canvas, edits), ...edits];
  return {
    ...moment,
    ...applyEdits({ graph, layout, canvas }, step),
    steps: [...moment.steps, step],
  };
}

/** The moment after several steps that were meant for another text; those that no longer apply are left out. */
export function afterThoseThatApply(
  moment: Moment,
  steps: readonly Step[],
): { moment: Moment; dropped: readonly Step[] } {
  const dropped: Step[] = [];
  let now = moment;
  for (const step of steps) {
    const { graph, layout, canvas } = now;
    try {
      if (graph === null) {
        throw new BadEdit(step[0] as Edit, { key: "edit.noGraph", values: {} });
      }
      const sheet = applyEdits({ graph, layout, canvas }, step);
      now = { ...now, ...sheet, steps: [...now.steps, step] };
    } catch (problem) {
      if (!(problem instanceof BadEdit)) {
        throw problem;
      }
      dropped.push(step);
    }
  }
  return { moment: now, dropped };
}

/** The first steps that have at most so many edits together, but at least one step. */
export function batchOf(steps: readonly Step[], mostEdits: number): readonly Step[] {
  let edits = 0;
  const end = steps.findIndex((step, index) => {
    edits += step.length;
    return index > 0 && edits > mostEdits;
  });
  return end < 0 ? steps : steps.slice(0, end);
}
