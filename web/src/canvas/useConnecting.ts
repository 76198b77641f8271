import {
  type Connection,
  type FinalConnectionState,
  type OnConnectStartParams,
  useReactFlow,
} from "@xyflow/react";
import { useRef } from "react";
import { useCatalogue, useEditorActions, useEditorStore } from "@/editor/EditorContext";
import {
  connectEdit,
  disconnectEdit,
  type Endpoint,
  inputPort,
  outputPort,
  whyNot,
} from "@/graph/connecting";
import { compatiblePorts } from "./compatiblePorts";
import type { CanvasEdge } from "./flowElements";
import type { Point } from "./geometry";
import { useSteady } from "./useSteady";
import { portKey, type Side, show, useCanvasView } from "./view";

/** Dragging connections: where they may end, what happens when they are dropped. */
export function useConnecting() {
  const catalogue = useCatalogue();
  const store = useEditorStore();
  const actions = useEditorActions();
  const flow = useReactFlow();
  const isReconnecting = useRef(false);

  const onConnectStart = (_: unknown, { nodeId, handleId, handleType }: OnConnectStartParams) => {
    const { graph, wired } = store.getState();
    if (graph === null || nodeId === null || handleId === null) {
      return;
    }
    const side: Side = handleType === "source" ? "output" : "input";
    const at: Endpoint = { node: nodeId, port: handleId };
    const port = (side === "output" ? outputPort : inputPort)(catalogue, graph, at);
    const end = { ...at, side, type: port?.type ?? "" };
    const compatible = compatiblePorts(catalogue, graph, wired, end);
    show({ connecting: { end, compatible }, tip: null });
  };

  const isValidConnection = (connection: Connection | CanvasEdge) => {
    const { connecting } = useCanvasView.getState();
    if (connecting === null) {
      return false;
    }
    const { source, target } = endsOf(connection);
    return connecting.end.side === "output"
      ? connecting.compatible.has(portKey(target.node, "input", target.port))
      : connecting.compatible.has(portKey(source.node, "output", source.port));
  };

  const onConnect = (connection: Connection) => {
    const { graph, wired } = store.getState();
    const { source, target } = endsOf(connection);
    if (graph !== null && whyNot(catalogue, graph, wired, source, target) === null) {
      actions.edit([connectEdit(catalogue, graph, source, target)]);
    }
  };

  const onConnectEnd = (event: MouseEvent | TouchEvent, state: FinalConnectionState) => {
    const { connecting } = useCanvasView.getState();
    show({ connecting: null });
    if (isReconnecting.current || connecting === null || state.isValid) {
      return;
    }
    const screen = placeOf(event);
    const canvas = flow.screenToFlowPosition(screen);
    const { toHandle } = state;
    if (toHandle?.id && toHandle.nodeId !== connecting.end.node) {
      const other: Endpoint = { node: toHandle.nodeId, port: toHandle.id };
      const isForward = connecting.end.side === "output" && toHandle.type === "target";
      const isBackward = connecting.end.side === "input" && toHandle.type === "source";
      if (isForward || isBackward) {
        const [source, target] = isForward ? [connecting.end, other] : [other, connecting.end];
        show({ offer: { screen, canvas, source, target } });
      }
    } else if (event.target instanceof Element && event.target.closest(".react-flow__pane")) {
      show({ search: { screen, canvas, from: connecting.end } });
    }
  };

  const onReconnectStart = () => {
    isReconnecting.current = true;
  };

  const onReconnect = (old: CanvasEdge, connection: Connection) => {
    const { graph } = store.getState();
    const { source, target } = endsOf(connection);
    if (graph !== null && old.data !== undefined) {
      actions.edit([disconnectEdit(old.data.edge), connectEdit(catalogue, graph, source, target)]);
    }
  };

  const onReconnectEnd = (
    _event: unknown,
    edge: CanvasEdge,
    _handle: unknown,
    state: FinalConnectionState,
  ) => {
    isReconnecting.current = false;
    show({ connecting: null });
    if (state.toHandle === null && edge.data !== undefined) {
      actions.edit([disconnectEdit(edge.data.edge)]);
    }
  };

  return useSteady({
    onConnectStart,
    isValidConnection,
    onConnect,
    onConnectEnd,
    onReconnectStart,
    onReconnect,
    onReconnectEnd,
  });
}

function endsOf(connection: Connection | CanvasEdge): { source: Endpoint; target: Endpoint } {
  return {
    source: { node: connection.source, port: connection.sourceHandle ?? "" },
    target: { node: connection.target, port: connection.targetHandle ?? "" },
  };
}

function placeOf(event: MouseEvent | TouchEvent): Point {
  const touch = "changedTouches" in event ? event.changedTouches[0] : event;
  return { x: touch?.clientX ?? 0, y: touch?.clientY ?? 0 };
}
