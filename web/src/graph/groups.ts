/**
 * Groups, notes, collapsed and resized nodes: what the canvas keeps in the `layout` section besides positions,
 * under keys that cannot be ids of nodes (`$groups`, `$notes`, `$collapsed`, `$sizes`).
 */
import type { CanvasExtras, Edit, Group, Layout, Note } from "@/editor/types";

type SetCanvas = Extract<Edit, { kind: "set_canvas" }>;
type Section = SetCanvas["section"];

export const NO_EXTRAS: CanvasExtras = {
  groups: [],
  notes: [],
  collapsed: new Set(),
  sizes: {},
};

const setCanvas = (section: Section, id: string, value: unknown): SetCanvas => ({
  kind: "set_canvas",
  section,
  id,
  value,
});

/** The edit that adds or changes a group. */
export function setGroup({ id, title, nodes }: Group): Edit {
  return setCanvas("groups", id, { title, nodes: [...nodes] });
}

/** The edit that removes a group; its nodes stay. */
export function removeGroup(id: string): Edit {
  return setCanvas("groups", id, null);
}

/** The edit that adds or changes a note. */
export function setNote({ id, text, x, y, width, height }: Note): Edit {
  return setCanvas("notes", id, { text, x, y, width, height });
}

/** The edit that removes a note. */
export function removeNote(id: string): Edit {
  return setCanvas("notes", id, null);
}

/** The edit that collapses a node to its header, or opens it. */
export function setCollapsed(node: string, isCollapsed: boolean): Edit {
  return setCanvas("collapsed", node, isCollapsed || null);
}

/** The edit that gives a node a size, or its usual one. */
export function setSize(node: string, size: { width: number; height: number } | null): Edit {
  return setCanvas("sizes", node, size && [size.width, size.height]);
}

/** Edits that keep groups, collapsed and resized nodes right when nodes go away or get another id. */
export function followingEdits(canvas: CanvasExtras, edits: readonly Edit[]): Edit[] {
  const found: Edit[] = [];
  let now = canvas;
  for (const edit of edits) {
    const more = followers(now, edit);
    found.push(...more);
    for (const each of edit.kind === "set_canvas" ? [edit] : more) {
      now = extrasAfter(now, each);
    }
  }
  return found;
}

function followers(canvas: CanvasExtras, edit: Edit): SetCanvas[] {
  switch (edit.kind) {
    case "remove_node":
    case "rename_node":
      return following(canvas, edit);
    case "make_component":
      return exchanged(canvas, edit.nodes, [edit.node]);
    case "dissolve_component":
      return exchanged(canvas, [edit.node], Object.values(edit.names));
    default:
      return [];
  }
}

/** Nodes went away and others came in their place, into the same groups. */
function exchanged(
  canvas: CanvasExtras,
  gone: readonly string[],
  fresh: readonly string[],
): SetCanvas[] {
  const isGone = (id: string) => gone.includes(id);
  const sized = gone.filter((id) => canvas.sizes[id] !== undefined);
  return [
    ...canvas.groups
      .filter(({ nodes }) => nodes.some(isGone))
      .map(({ id, title, nodes }) =>
        setCanvas("groups", id, {
          title,
          nodes: [...nodes.filter((each) => !isGone(each)), ...fresh],
        }),
      ),
    ...gone.filter((id) => canvas.collapsed.has(id)).map((id) => setCanvas("collapsed", id, null)),
    ...sized.map((id) => setCanvas("sizes", id, null)),
  ];
}

function following(
  canvas: CanvasExtras,
  edit: Extract<Edit, { kind: "remove_node" | "rename_node" }>,
): SetCanvas[] {
  const old = edit.node;
  const fresh = edit.kind === "rename_node" ? edit.new : null;
  if (old === fresh) {
    return [];
  }
  const found: SetCanvas[] = [];
  for (const group of canvas.groups.filter((each) => each.nodes.includes(old))) {
    const nodes = group.nodes.flatMap((id) => (id !== old ? [id] : fresh === null ? [] : [fresh]));
    found.push(
      nodes.length === 0
        ? setCanvas("groups", group.id, null)
        : setCanvas("groups", group.id, { title: group.title, nodes }),
    );
  }
  const size = canvas.sizes[old];
  const kept: [Section, unknown][] = [];
  if (canvas.collapsed.has(old)) {
    kept.push(["collapsed", true]);
  }
  if (size !== undefined) {
    kept.push(["sizes", [size.width, size.height]]);
  }
  for (const [section, value] of kept) {
    found.push(setCanvas(section, old, null));
    if (fresh !== null) {
      found.push(setCanvas(section, fresh, value));
    }
  }
  return found;
}

/** What the canvas keeps after an edit. */
export function extrasAfter(canvas: CanvasExtras, { section, id, value }: SetCanvas): CanvasExtras {
  switch (section) {
    case "groups":
      return { ...canvas, groups: replaced(canvas.groups, id, readGroup(id, value)) };
    case "notes":
      return { ...canvas, notes: replaced(canvas.notes, id, readNote(id, value)) };
    case "collapsed": {
      const collapsed = new Set(canvas.collapsed);
      if (value) {
        collapsed.add(id);
      } else {
        collapsed.delete(id);
      }
      return { ...canvas, collapsed };
    }
    case "sizes": {
      const { [id]: _, ...sizes } = canvas.sizes;
      const size = readSize(value);
      return { ...canvas, sizes: size === null ? sizes : { ...sizes, [id]: size } };
    }
  }
}

function replaced<T extends { id: string }>(
  list: readonly T[],
  id: string,
  value: T | null,
): readonly T[] {
  if (value === null) {
    return list.filter((each) => each.id !== id);
  }
  return list.some((each) => each.id === id)
    ? list.map((each) => (each.id === id ? value : each))
    : [...list, value];
}

/** What a text's `layout` section says; what is malformed there is left out. */
export function readLayout(section: Readonly<Record<string, unknown>>): {
  layout: Layout;
  canvas: CanvasExtras;
} {
  const layout: Record<string, { x: number; y: number }> = {};
  for (const [id, value] of Object.entries(section)) {
    const position = id.startsWith("$") ? null : readPair(value);
    if (position !== null) {
      layout[id] = { x: position[0], y: position[1] };
    }
  }
  const entries = (name: Section) => Object.entries(mapping(section[`$${name}`]));
  const collapsed = entries("collapsed").flatMap(([id, value]) => (value ? [id] : []));
  const sizes = entries("sizes").flatMap(([id, value]) => {
    const size = readSize(value);
    return size === null ? [] : [[id, size] as const];
  });
  return {
    layout,
    canvas: {
      groups: entries("groups").flatMap(([id, value]) => readGroup(id, value) ?? []),
      notes: entries("notes").flatMap(([id, value]) => readNote(id, value) ?? []),
      collapsed: new Set(collapsed),
      sizes: Object.fromEntries(sizes),
    },
  };
}

function mapping(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

function readPair(value: unknown): [number, number] | null {
  const [x, y] = Array.isArray(value) ? value : [];
  return typeof x === "number" && typeof y === "number" ? [x, y] : null;
}

function readSize(value: unknown): { width: number; height: number } | null {
  const pair = readPair(value);
  return pair && { width: pair[0], height: pair[1] };
}

function readGroup(id: string, value: unknown): Group | null {
  if (value === null || value === undefined) {
    return null;
  }
  const { title, nodes } = mapping(value);
  return {
    id,
    title: typeof title === "string" ? title : "",
    nodes: Array.isArray(nodes) ? nodes.filter((each) => typeof each === "string") : [],
  };
}

function readNote(id: string, value: unknown): Note | null {
  if (value === null || value === undefined) {
    return null;
  }
  const { text, ...sides } = mapping(value);
  const side = (name: string, usual: number) => {
    const found = sides[name];
    return typeof found === "number" ? found : usual;
  };
  return {
    id,
    text: typeof text === "string" ? text : "",
    x: side("x", 0),
    y: side("y", 0),
    width: side("width", 240),
    height: side("height", 120),
  };
}
