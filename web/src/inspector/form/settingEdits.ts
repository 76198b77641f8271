/** From a changed value to the edits that change as little of the file as possible. */
import type { Edit } from "@/editor/types";
import { isMapping, isTemplate } from "./template";

type Settings = Readonly<Record<string, unknown>>;

/** What makes `before` into `after`: edits at the deepest keys that differ; a missing key is reset to its default. */
export function settingEdits(node: string, before: Settings, after: Settings): Edit[] {
  return differences(node, "", before, after);
}

function differences(node: string, prefix: string, before: Settings, after: Settings): Edit[] {
  const gone = Object.keys(before).filter((key) => after[key] === undefined);
  return [
    ...gone.map((key): Edit => ({ kind: "reset_setting", node, setting: prefix + key })),
    ...Object.entries(after)
      .filter(([, value]) => value !== undefined)
      .flatMap(([key, value]) => changes(node, prefix + key, before[key], value)),
  ];
}

function changes(node: string, setting: string, before: unknown, after: unknown): Edit[] {
  if (sameValue(before, after)) {
    return [];
  }
  if (isInner(before) && isInner(after)) {
    return differences(node, `${setting}.`, before, after);
  }
  return [{ kind: "set_setting", node, setting, value: after as JsonOf }];
}

type JsonOf = Extract<Edit, { kind: "set_setting" }>["value"];

/** A mapping whose keys a dotted path can name; an empty one has to be written as a whole. */
function isInner(value: unknown): value is Settings {
  if (!isMapping(value) || isTemplate(value)) {
    return false;
  }
  const keys = Object.keys(value);
  return keys.length > 0 && keys.every((key) => !key.includes("."));
}

/** Whether two values of JSON are equal; the order of keys does not count. */
export function sameValue(first: unknown, second: unknown): boolean {
  if (first === second) {
    return true;
  }
  if (Array.isArray(first) && Array.isArray(second)) {
    return (
      first.length === second.length && first.every((item, index) => sameValue(item, second[index]))
    );
  }
  if (isMapping(first) && isMapping(second)) {
    const keys = Object.keys(first);
    return (
      keys.length === Object.keys(second).length &&
      keys.every((key) => key in second && sameValue(first[key], second[key]))
    );
  }
  return false;
}
