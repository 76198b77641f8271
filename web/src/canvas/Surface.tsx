import "@xyflow/react/dist/style.css";
import {
  Background,
  BackgroundVariant,
  ConnectionMode,
  Controls,
  type OnMove,
  Panel,
  ReactFlow,
  SelectionMode,
  useReactFlow,
  type Viewport,
} from "@xyflow/react";
import { type DragEvent, type MouseEvent, useCallback } from "react";
import { useTranslation } from "react-i18next";
import { useEditor } from "@/editor/EditorContext";
import { ConnectionHint } from "./ConnectionHint";
import { ConnectionLine } from "./ConnectionLine";
import { EmptyCanvas } from "./EmptyCanvas";
import { FarLinks } from "./FarLinks";
import { type CanvasEdge, type CanvasNode, extraId, isExtraKey } from "./flowElements";
import { GroupNode } from "./GroupNode";
import { GuideLines } from "./GuideLines";
import { LinkEdge } from "./LinkEdge";
import { NodeMap } from "./NodeMap";
import { NoteNode } from "./NoteNode";
import { OperatorNode } from "./OperatorNode";
import { PortTipBox } from "./PortTipBox";
import classes from "./Surface.module.css";
import { useSceneAccess } from "./scene";
import type { Commands } from "./useCommands";
import { useConnecting } from "./useConnecting";
import { useDrops } from "./useDrops";
import { useFlowElements } from "./useFlowElements";
import { useMoving } from "./useMoving";
import { usePlaces } from "./usePlaces";
import { useSteady } from "./useSteady";
import { useViewport } from "./useViewport";
import { detailAt, type MenuTarget, show, useCanvasView } from "./view";

const NODE_TYPES = { operator: OperatorNode, note: NoteNode, group: GroupNode };
const EDGE_TYPES = { link: LinkEdge };
/** From so many nodes on a map helps to find one's way. */
const MAP_FROM = 15;
/** So many connections are drawn without being elements of their own where they are small. */
const FAR_FROM = 200;
const NO_LINKS: CanvasEdge[] = [];

/** How the mouse and the keyboard work here, the same for everybody. */
const HABITS = {
  minZoom: 0.05,
  maxZoom: 2.5,
  connectionMode: ConnectionMode.Strict,
  connectionLineComponent: ConnectionLine,
  connectionRadius: 24,
  nodesFocusable: true,
  edgesFocusable: false,
  disableKeyboardA11y: true,
  deleteKeyCode: null,
  selectionKeyCode: null,
  multiSelectionKeyCode: "Shift",
  panActivationKeyCode: "Space",
  selectionOnDrag: true,
  selectionMode: SelectionMode.Partial,
  panOnDrag: [1],
  panOnScroll: true,
  zoomOnDoubleClick: false,
  onlyRenderVisibleElements: true,
  elevateNodesOnSelect: false,
  nodeDragThreshold: 3,
};

/** The pipeline as a graph to work on. */
export function Surface({ commands }: { commands: Commands }) {
  const { t } = useTranslation("canvas");
  const { surface, pointer } = useSceneAccess();
  const { nodes, links } = useFlowElements();
  const { onNodesChange, onEdgesChange, drop } = useMoving();
  const connecting = useConnecting();
  const drops = useDrops();
  const menus = useMenus();
  const mayEdit = useEditor((state) => state.mayEdit);
  const { initial, remember, fitOnce } = useViewport();
  usePlaces(fitOnce);
  const noteZoom: OnMove = useCallback((_, { zoom }: Viewport) => {
    const detail = detailAt(zoom);
    if (detail !== useCanvasView.getState().detail) {
      show({ detail });
    }
  }, []);
  const detail = useCanvasView((view) => view.detail);
  const isFar = detail === "low" && links.length >= FAR_FROM;
  const search = (event: MouseEvent) => {
    if (mayEdit && event.target instanceof Element && event.target.matches(".react-flow__pane")) {
      commands.search();
    }
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the keyboard has `/` for the same
    <div
      ref={surface}
      className={classes.surface}
      data-detail={detail}
      data-testid="canvas"
      onDoubleClick={search}
      onPointerMove={(event) => {
        pointer.current = { x: event.clientX, y: event.clientY };
      }}
      {...drops}
    >
      <ReactFlow<CanvasNode, CanvasEdge>
        nodes={nodes}
        edges={isFar ? NO_LINKS : links}
        nodeTypes={NODE_TYPES}
        edgeTypes={EDGE_TYPES}
        onNodesChange={onNodesChange}
        onEdgesChange={onEdgesChange}
        onNodeDragStop={drop}
        onSelectionDragStop={drop}
        {...connecting}
        {...menus}
        onMove={noteZoom}
        onMoveEnd={remember}
        defaultViewport={initial}
        {...HABITS}
        nodesDraggable={mayEdit}
        nodesConnectable={mayEdit}
        edgesReconnectable={mayEdit}
        aria-label={t("surface")}
      >
        {isFar && <FarLinks nodes={nodes} links={links} />}
        <Furniture nodes={nodes} />
      </ReactFlow>
      {nodes.length === 0 && <EmptyCanvas commands={commands} />}
      <PortTipBox />
    </div>
  );
}

/** What is on the canvas besides the pipeline. */
function Furniture({ nodes }: { nodes: readonly CanvasNode[] }) {
  const { t } = useTranslation("canvas");
  return (
    <>
      <Background variant={BackgroundVariant.Dots} gap={24} size={1.5} color="var(--nl-line)" />
      <Controls
        showInteractive={false}
        position="bottom-left"
        fitViewOptions={{ padding: 0.1, maxZoom: 1 }}
        aria-label={t("controls")}
      />
      {nodes.length >= MAP_FROM && (
        <Panel position="bottom-right">
          <NodeMap nodes={nodes} />
        </Panel>
      )}
      <GuideLines />
      <Panel position="bottom-center">
        <ConnectionHint />
      </Panel>
    </>
  );
}

/** Right clicks, and the menu key, open menus of what was clicked. */
function useMenus() {
  const flow = useReactFlow();
  const selection = useEditor((state) => state.selection);
  const open = (event: MouseEvent | globalThis.MouseEvent | DragEvent, target: MenuTarget) => {
    event.preventDefault();
    show({ menu: { screen: { x: event.clientX, y: event.clientY }, target }, tip: null });
  };
  return useSteady({
    onPaneContextMenu: (event: MouseEvent | globalThis.MouseEvent) =>
      open(event, {
        kind: "canvas",
        canvas: flow.screenToFlowPosition({ x: event.clientX, y: event.clientY }),
      }),
    onNodeContextMenu: (event: MouseEvent, node: CanvasNode) => {
      if (!isExtraKey(node.id)) {
        const nodes = selection.has(node.id) ? [...selection] : [node.id];
        open(event, { kind: "nodes", nodes });
      } else if (node.type === "group") {
        open(event, { kind: "group", group: extraId(node.id) });
      }
    },
    onSelectionContextMenu: (event: MouseEvent, nodes: CanvasNode[]) =>
      open(event, {
        kind: "nodes",
        nodes: nodes.map(({ id }) => id).filter((id) => !isExtraKey(id)),
      }),
    onEdgeContextMenu: (event: MouseEvent, edge: CanvasEdge) =>
      open(event, { kind: "edge", edge: edge.id }),
  });
}
