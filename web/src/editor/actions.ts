/** What can be done in the editor. */
import { Refusal } from "@/api/client";
import { removalEdits } from "@/graph/bridging";
import { NotNodes, pasteEdits, textOfNodes } from "@/graph/clipboard";
import { connectEdit } from "@/graph/connecting";
import { applyEdits, BadEdit } from "@/graph/edits";
import { setGroup } from "@/graph/groups";
import { freeId, freeVariant } from "@/graph/naming";
import { indexOfNodes } from "@/graph/reading";
import { after } from "./moment";
import type { EditorParts } from "./store";
import type {
  Edit,
  EditorActions,
  Graph,
  GraphNode,
  NewNodeConnection,
  Position,
  Reason,
  RunSelection,
} from "./types";

/** How far a duplicate lies from what it repeats. */
const OFFSET = 32;

/** The actions of an open editor. */
export function createActions(parts: EditorParts): EditorActions {
  return { ...editing(parts), ...travelling(parts), ...nodeActions(parts), ...running(parts) };
}

type Some<Name extends keyof EditorActions> = Pick<EditorActions, Name>;

function editing({
  store,
  draft,
  history,
  options,
}: EditorParts): Some<"edit" | "editText" | "select" | "saved" | "resolveConflict"> {
  return {
    edit(edits, { burst } = {}) {
      if (edits.length === 0 || !store.getState().mayEdit) {
        return;
      }
      try {
        const next = after(draft.moment, edits);
        history.record(draft.moment, burst ?? null);
        followSelection(store, edits);
        draft.want(next);
      } catch (problem) {
        if (!(problem instanceof BadEdit)) {
          throw problem;
        }
        options.tell?.(problem.reason);
      }
    },
    editText(text) {
      if (store.getState().mayEdit && text !== draft.moment.text) {
        history.record(draft.moment, "text");
        draft.type(text);
      }
    },
    select(nodes) {
      const selection = new Set(nodes);
      const { selection: before } = store.getState();
      const isSame = selection.size === before.size && [...selection].every((id) => before.has(id));
      if (!isSame) {
        store.setState({ selection });
      }
    },
    saved: () => draft.saved(),
    async resolveConflict(choice) {
      if (choice === "theirs") {
        history.record(draft.moment, null);
      }
      draft.resolve(choice);
      await draft.saved();
    },
  };
}

/** Nodes that get another id stay selected. */
function followSelection(store: EditorParts["store"], edits: readonly Edit[]): void {
  const renamed = new Map(
    edits.flatMap((edit) => (edit.kind === "rename_node" ? [[edit.node, edit.new] as const] : [])),
  );
  const { selection } = store.getState();
  if ([...selection].some((id) => renamed.has(id))) {
    store.setState({ selection: new Set([...selection].map((id) => renamed.get(id) ?? id)) });
  }
}

function travelling(parts: EditorParts): Some<"undo" | "redo"> {
  const { store, draft, history, announce } = parts;
  const go = (direction: "undo" | "redo") => () => {
    const moment = store.getState().mayEdit ? history[direction](draft.moment) : null;
    if (moment !== null) {
      draft.want(moment);
      announce({ key: `announce.${direction}`, values: {} });
    }
  };
  return { undo: go("undo"), redo: go("redo") };
}

function nodeActions(
  parts: EditorParts,
): Some<"copyText" | "paste" | "duplicate" | "remove" | "addNode" | "group"> {
  const { store, draft, options } = parts;
  const { catalogue } = options;
  const graph = (): Graph => store.getState().graph ?? { nodes: [], components: {} };
  const edit = (edits: readonly Edit[]) => store.getState().actions.edit(edits);
  const copyText = (nodes: Iterable<string>) => {
    const { layout, text } = store.getState();
    return textOfNodes(graph(), layout, new Set(nodes), draft.isSettled ? text : null);
  };
  const add = (text: string, at: Position, keepsInputs: boolean) => {
    const { edits, ids } = pasteEdits(text, { catalogue, graph: graph(), at, keepsInputs });
    edit(edits);
    store.getState().actions.select(ids);
    return ids;
  };
  return {
    copyText,
    async paste(yaml, at, { keepsInputs = false } = {}) {
      try {
        return add(yaml, at, keepsInputs);
      } catch (problem) {
        throw problem instanceof NotNodes ? refusal(options.say, problem.reason) : problem;
      }
    },
    duplicate(nodes) {
      const chosen = [...nodes];
      const { layout } = store.getState();
      const positions = chosen.flatMap((id) => layout[id] ?? []);
      const x = Math.min(...positions.map((position) => position.x)) + OFFSET;
      const y = Math.min(...positions.map((position) => position.y)) + OFFSET;
      const at = positions.length > 0 ? { x, y } : { x: OFFSET, y: OFFSET };
      return chosen.length === 0 ? [] : add(copyText(chosen), at, true);
    },
    remove(nodes) {
      const { wired } = store.getState();
      const index = indexOfNodes(graph());
      edit(
        removalEdits(
          catalogue,
          graph(),
          wired,
          [...nodes].filter((id) => index.has(id)),
        ),
      );
    },
    addNode(operator, at, settings = {}, connect = {}) {
      const id = freeId(operator, indexOfNodes(graph()));
      edit([...newNodeEdits(parts, graph(), { id, operator, settings }, at, connect)]);
      return id;
    },
    group(nodes, title) {
      const taken = new Set(store.getState().canvas.groups.map((group) => group.id));
      const id = freeVariant("group1", taken);
      edit([setGroup({ id, title, nodes: [...nodes] })]);
      return id;
    },
  };
}

function newNodeEdits(
  { options: { catalogue } }: EditorParts,
  graph: Graph,
  { id, operator, settings }: { id: string; operator: string; settings: Record<string, unknown> },
  at: Position,
  { from, to }: NewNodeConnection,
): Edit[] {
  const node: GraphNode = {
    id,
    op: operator,
    settings,
    inputs: {},
    note: "",
    retries: 0,
    bypass: false,
  };
  const added: Edit = { kind: "add_node", node };
  const canvas = { groups: [], notes: [], collapsed: new Set<string>(), sizes: {} };
  const then = applyEdits({ graph, layout: {}, canvas }, [added]).graph;
  const edits: Edit[] = [added, { kind: "move_node", node: id, x: at.x, y: at.y }];
  if (from !== undefined) {
    edits.push(connectEdit(catalogue, then, from, { node: id, port: from.into }));
  }
  if (to !== undefined) {
    edits.push(connectEdit(catalogue, then, { node: id, port: to.outOf }, to));
  }
  return edits;
}

function refusal(say: EditorParts["options"]["say"], reason: Reason): Refusal {
  return new Refusal(422, say?.(reason) ?? reason.key);
}

function running({
  store,
  draft,
  planner,
  watch,
  options,
}: EditorParts): Some<"refreshPlan" | "startRun" | "watchRun" | "cancelRun" | "saveVersion"> {
  const { server, tell } = options;
  const watchRun = (run: string | null) => {
    watch
      .watch(run)
      .catch((problem: unknown) => tell?.({ key: "run.unknown", values: {} }, problem));
  };
  return {
    async refreshPlan() {
      const { text, isValid } = store.getState();
      if (isValid && draft.isSettled) {
        await planner.ask(text).catch(() => {}); // shown: there is no plan
      }
    },
    async startRun(selection: RunSelection = {}) {
      await draft.saved();
      const run = await server.startRun(selection);
      watchRun(run.id);
      return run.id;
    },
    watchRun,
    async cancelRun() {
      if (watch.run !== null) {
        await server.cancelRun(watch.run);
      }
    },
    async saveVersion(message) {
      await draft.saved();
      const version = await server.saveVersion(message, draft.pipeline.revision);
      draft.describe({ num_versions: version.number });
      return version.number;
    },
  };
}
