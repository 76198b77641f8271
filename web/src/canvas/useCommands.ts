import { useReactFlow } from "@xyflow/react";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useCatalogue, useEditorActions, useEditorStore } from "@/editor/EditorContext";
import type { EditorActions, EditorState } from "@/editor/types";
import { bypassEdits } from "@/graph/bypass";
import type { Catalogue } from "@/graph/catalogue";
import { disconnectEdit } from "@/graph/connecting";
import { removeGroup, removeNote, setCollapsed, setNote } from "@/graph/groups";
import { arrange } from "@/graph/layout";
import { nodeOf } from "@/graph/reading";
import { tellProblem } from "@/ui/notices";
import { dissolvingEdits } from "./componentPlaces";
import { extraId, isExtraKey } from "./flowElements";
import { boxAround, onGrid, type Point } from "./geometry";
import { roomyBoxes, type SceneAccess, sceneBox, sceneBoxes, useSceneAccess } from "./scene";
import type { CommandName } from "./shortcuts";
import { closeOverlays, resetSelection, show, showPanels, useCanvasView } from "./view";
import { type Heading, neighbourOf } from "./walking";

export type Commands = Record<CommandName, () => void> & {
  /** Place of the pointer on the canvas, or the middle of what is seen. */
  here(): Point;
  /** Move the view so that a node can be seen, and focus it. */
  reveal(node: string): void;
  addNote(at: Point): void;
  /** Put the nodes of a component in the place of a use of it. */
  dissolve(node: string): void;
};

interface Tools {
  state: () => EditorState;
  actions: EditorActions;
  access: SceneAccess;
  flow: ReturnType<typeof useReactFlow>;
  word: (key: string) => string;
  catalogue: Catalogue;
}

/** Everything the keyboard and the menus can ask of the canvas. Always the same object for one canvas. */
export function useCommands(): Commands {
  const { t } = useTranslation("canvas");
  const store = useEditorStore();
  const actions = useEditorActions();
  const access = useSceneAccess();
  const flow = useReactFlow();
  const catalogue = useCatalogue();
  return useMemo(() => {
    const tools = { state: store.getState, actions, access, flow, word: t, catalogue };
    return {
      ...viewCommands(tools),
      ...editCommands(tools),
      ...runCommands(tools),
      ...moveCommands(tools),
      ...clipboardCommands(),
    };
  }, [store, actions, access, flow, t, catalogue]);
}

const ANIMATION = { duration: 180 };

function viewCommands({ state, flow, access, actions }: Tools) {
  const fitTo = (ids: Iterable<string>) => {
    const nodes = [...ids].map((id) => ({ id }));
    if (nodes.length > 0) {
      flow.fitView({ nodes, padding: 0.15, maxZoom: 1, ...ANIMATION });
    }
  };
  const here = (): Point => {
    const seen = access.surface.current?.getBoundingClientRect();
    const middle = seen
      ? { x: seen.left + seen.width / 2, y: seen.top + seen.height / 2 }
      : { x: 0, y: 0 };
    const at = access.pointer.current;
    const isInside =
      at && seen && at.x > seen.left && at.x < seen.right && at.y > seen.top && at.y < seen.bottom;
    return flow.screenToFlowPosition(isInside ? at : middle);
  };
  return {
    here,
    fitAll: () => {
      flow.fitView({ padding: 0.1, maxZoom: 1, ...ANIMATION });
    },
    fitSelection: () => fitTo(state().selection),
    help: () => show({ prompt: { kind: "help" } }),
    collapse: () => {
      const { selection, canvas } = state();
      const isOpen = [...selection].some((id) => !canvas.collapsed.has(id));
      if (selection.size > 0) {
        actions.edit([...selection].map((id) => setCollapsed(id, isOpen)));
      }
    },
    search: () => {
      const canvas = here();
      show({
        search: { canvas, screen: flow.flowToScreenPosition(canvas), from: null },
        menu: null,
      });
    },
    open: () => {
      const node = focusedNode();
      if (node !== null) {
        actions.select([node]);
      }
      showPanels({ isInspectorOpen: true });
    },
    escape: () => {
      if (!closeOverlays()) {
        actions.select([]);
        resetSelection();
      }
    },
  };
}

/** The node that has the focus: Tab leads to nodes, too. */
function focusedNode(): string | null {
  const id = document.activeElement?.closest(".react-flow__node")?.getAttribute("data-id") ?? null;
  return id === null || isExtraKey(id) ? null : id;
}

function editCommands(tools: Tools) {
  const { state, actions, access, word } = tools;
  return {
    undo: actions.undo,
    redo: actions.redo,
    duplicate: () => {
      const ids = actions.duplicate(state().selection);
      actions.select(ids);
    },
    remove: () => removeSelected(state(), actions, access),
    group: () => {
      const { selection } = state();
      if (selection.size > 0) {
        const group = actions.group(selection, word("group.untitled"));
        show({ prompt: { kind: "groupTitle", group } });
      }
    },
    ungroup: () => {
      const { canvas, selection } = state();
      const { selectedExtras } = useCanvasView.getState();
      const groups = canvas.groups.filter(
        ({ id, nodes }) =>
          selectedExtras.has(`group:${id}`) || nodes.some((node) => selection.has(node)),
      );
      if (groups.length > 0) {
        actions.edit(groups.map(({ id }) => removeGroup(id)));
      }
    },
    component: () => {
      const { selection } = state();
      if (selection.size > 0) {
        show({ prompt: { kind: "component", nodes: [...selection] } });
      }
    },
    dissolve: (node: string) => dissolve(tools, node),
    bypass: () => actions.edit(bypassEdits(state().graph, state().selection)),
    rename: () => promptFor(state(), "rename"),
    note: () => promptFor(state(), "note"),
    addNote: ({ x, y }: Point) => {
      const taken = new Set(state().canvas.notes.map(({ id }) => id));
      let number = 1;
      while (taken.has(`note${number}`)) {
        number += 1;
      }
      const id = `note${number}`;
      actions.edit([setNote({ id, text: "", x: onGrid(x), y: onGrid(y), width: 240, height: 96 })]);
      show({ selectedExtras: new Set([`note:${id}`]) });
    },
    layout: () => {
      const { selection } = state();
      const isPart = selection.size > 1;
      const boxes = roomyBoxes(access.scene.current, isPart ? selection : undefined);
      const edits = arrange(boxes, access.scene.current.edges, { keepsCorner: isPart });
      if (edits.length > 0) {
        glide(access);
        actions.edit(edits);
      }
    },
    selectAll: () => actions.select(access.scene.current.order),
  };
}

/** Nodes go to their new places in sight, for as long as it takes; afterwards moving is immediate again. */
function glide({ surface }: SceneAccess): void {
  const element = surface.current;
  element?.setAttribute("data-gliding", "");
  setTimeout(() => element?.removeAttribute("data-gliding"), 250);
}

function dissolve({ state, actions, access, catalogue }: Tools, node: string): void {
  const { graph } = state();
  const box = sceneBox(access.scene.current, node);
  if (graph !== null && box !== null) {
    const { edits, ids } = dissolvingEdits(catalogue, graph, node, box);
    actions.edit(edits);
    actions.select(ids);
  }
}

function promptFor({ selection, mayEdit }: EditorState, kind: "rename" | "note"): void {
  const [node, another] = selection;
  if (node !== undefined && another === undefined && mayEdit) {
    show({ prompt: { kind, node } });
  }
}

function removeSelected(state: EditorState, actions: EditorActions, access: SceneAccess): void {
  const { selectedEdges, selectedExtras } = useCanvasView.getState();
  const edges = access.scene.current.edges.filter(
    (edge) =>
      selectedEdges.has(edge.id) &&
      !edge.isWired &&
      !state.selection.has(edge.source.node) &&
      !state.selection.has(edge.target.node),
  );
  const edits = [
    ...edges.map(disconnectEdit),
    ...[...selectedExtras].filter(isExtraKey).map((key) => {
      return (key.startsWith("note:") ? removeNote : removeGroup)(extraId(key));
    }),
  ];
  if (edits.length > 0) {
    actions.edit(edits);
  }
  if (state.selection.size > 0) {
    actions.remove(state.selection);
  }
  resetSelection();
}

function runCommands({ state, actions }: Tools) {
  const start = (selection?: Parameters<EditorActions["startRun"]>[0]) => {
    if (state().mayRun) {
      actions.startRun(selection).catch(tellProblem);
    }
  };
  return {
    runAll: () => start(),
    runToHere: () => {
      const { graph, selection } = state();
      const to = [...selection].filter((id) => graph !== null && !nodeOf(graph, id)?.bypass);
      if (to.length > 0) {
        start({ to });
      }
    },
    cancelRun: () => {
      actions.cancelRun().catch(tellProblem);
    },
  };
}

function moveCommands({ state, actions, access, flow }: Tools) {
  const reveal = (node: string) => {
    const box = sceneBox(access.scene.current, node);
    const seen = access.surface.current?.getBoundingClientRect();
    if (box === null || seen === undefined) {
      return;
    }
    const start = flow.screenToFlowPosition({ x: seen.left, y: seen.top });
    const end = flow.screenToFlowPosition({ x: seen.right, y: seen.bottom });
    const view = { ...start, width: end.x - start.x, height: end.y - start.y };
    const together = boxAround([box, view]);
    if (together && (together.width > view.width || together.height > view.height)) {
      const zoom = flow.getZoom();
      flow.setCenter(box.x + box.width / 2, box.y + box.height / 2, { zoom, ...ANIMATION });
    }
    requestAnimationFrame(() => {
      const element = access.surface.current?.querySelector(
        `.react-flow__node[data-id="${CSS.escape(node)}"]`,
      );
      if (element instanceof HTMLElement) {
        element.focus({ preventScroll: true });
      }
    });
  };
  const walk = (heading: Heading) => () => {
    const from = focusedNode() ?? [...state().selection].at(-1) ?? null;
    const { scene } = access;
    const next = neighbourOf(from, heading, sceneBoxes(scene.current), scene.current.edges);
    if (next !== null) {
      actions.select([next]);
      reveal(next);
    }
  };
  return {
    reveal,
    walkLeft: walk("left"),
    walkRight: walk("right"),
    walkUp: walk("up"),
    walkDown: walk("down"),
  };
}

/** The browser's own events carry the clipboard (`useClipboard`), without asking for permission. */
function clipboardCommands() {
  const command = (name: "copy" | "cut" | "paste") => () => {
    document.execCommand(name);
  };
  return {
    copy: command("copy"),
    cut: command("cut"),
    paste: command("paste"),
    pasteWithInputs: command("paste"),
  };
}
