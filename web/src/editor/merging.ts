/** Whether two people's changes of one draft are about different things. */
import { splitReference } from "@/graph/catalogue";
import { difference } from "@/graph/difference";
import { isSame } from "@/graph/sameness";
import { afterThoseThatApply, type Moment, type Step } from "./moment";
import type { Snapshot } from "./types";

/** What steps touch: ids of nodes, and groups and notes as `groups/g1`. */
function touchedBy(steps: readonly Step[]): ReadonlySet<string> {
  const found = new Set<string>();
  for (const edit of steps.flat()) {
    switch (edit.kind) {
      case "set_canvas":
        found.add(`${edit.section}/${edit.id}`);
        break;
      case "add_node":
        found.add(edit.node.id);
        break;
      case "rename_node":
        found.add(edit.node).add(edit.new);
        break;
      case "make_component":
      case "dissolve_component": {
        const others = edit.kind === "make_component" ? edit.nodes : Object.values(edit.names);
        for (const id of [edit.node, ...others]) {
          found.add(id);
        }
        break;
      }
      default:
        found.add(edit.node);
    }
    if (edit.kind === "connect") {
      found.add(splitReference(edit.source)[0]);
    }
  }
  return found;
}

/** What differs between two snapshots, named as in `touchedBy`; null if one cannot be read as a graph. */
function changedBetween(before: Snapshot, now: Snapshot): ReadonlySet<string> | null {
  if (before.graph === null || now.graph === null) {
    return null;
  }
  const found = new Set(difference(before.graph, now.graph).keys());
  const compare = (old: Record<string, unknown>, fresh: Record<string, unknown>, prefix = "") => {
    for (const key of new Set([...Object.keys(old), ...Object.keys(fresh)])) {
      if (!isSame(old[key], fresh[key])) {
        found.add(prefix + key);
      }
    }
  };
  const byId = (list: readonly { id: string }[]) =>
    Object.fromEntries(list.map((each) => [each.id, each]));
  const flags = (ids: ReadonlySet<string>) => Object.fromEntries([...ids].map((id) => [id, true]));
  compare({ ...before.layout }, { ...now.layout });
  compare(byId(before.canvas.groups), byId(now.canvas.groups), "groups/");
  compare(byId(before.canvas.notes), byId(now.canvas.notes), "notes/");
  compare(flags(before.canvas.collapsed), flags(now.canvas.collapsed), "collapsed/");
  compare({ ...before.canvas.sizes }, { ...now.canvas.sizes }, "sizes/");
  return found;
}

/** What has become of a request that the server refused because the draft is another one by now. */
export type Meeting =
  /** It is as we wanted: our request had arrived, and its answer was lost. */
  | { kind: "arrived" }
  /** Our steps were put on top of theirs. */
  | { kind: "merged"; moment: Moment }
  /** Both changed these nodes; none are known if one of the two changed the text. */
  | { kind: "conflict"; nodes: readonly string[] };

/** Ours and theirs, both made from `base`; `sent` was on its way. */
export function meeting(
  base: Moment,
  theirs: Moment,
  ours: Moment,
  sent: { text: string; steps: readonly Step[] },
): Meeting {
  const arrived =
    sent.steps.length === 0
      ? theirs.text === sent.text
      : isSameDocument(afterThoseThatApply(base, sent.steps).moment, theirs);
  if (arrived) {
    return { kind: "arrived" };
  }
  const both = ours.text === base.text ? collisions(base, theirs, ours.steps) : null;
  if (both?.length === 0) {
    const { moment, dropped } = afterThoseThatApply(theirs, ours.steps);
    if (dropped.length === 0) {
      return { kind: "merged", moment };
    }
  }
  return { kind: "conflict", nodes: both ?? [] };
}

/** What both changed: empty if our steps can follow theirs; null if it cannot be told. */
function collisions(
  base: Snapshot,
  theirs: Snapshot,
  ours: readonly Step[],
): readonly string[] | null {
  const changed = changedBetween(base, theirs);
  return changed && [...touchedBy(ours)].filter((each) => changed.has(each));
}

function isSameDocument(ours: Moment, theirs: Snapshot): boolean {
  const changed = changedBetween(ours, theirs);
  return changed !== null && changed.size === 0;
}
