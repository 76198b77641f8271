import { Handle, Position } from "@xyflow/react";
import { memo, type PointerEvent } from "react";
import type { Diagnostic } from "@/editor/types";
import type { Passages } from "@/graph/bypass";
import type { InputPort, OutputPort } from "@/graph/catalogue";
import { portOffset } from "./geometry";
import classes from "./NodePorts.module.css";
import type { NodeView } from "./nodeView";
import { PortMark } from "./PortMark";
import { portLook } from "./ports";
import { portKey, type Side, show, useCanvasView } from "./view";

/** The ports of a node on its left and right edge. */
export function NodePorts({ view }: { view: NodeView }) {
  const { node, operator, isCollapsed, connected, problems } = view;
  return (
    <>
      {view.passages !== null && !isCollapsed && <Passing view={view} passages={view.passages} />}
      {operator.inputs.map((port, row) => (
        <Port
          key={port.name}
          node={node.id}
          side="input"
          port={port}
          top={portOffset(row, isCollapsed)}
          hasName={!isCollapsed}
          isConnected={connected.has(port.name)}
          problem={problemAt(problems, port.name)}
        />
      ))}
      {operator.outputs.map((port, row) => (
        <Port
          key={port.name}
          node={node.id}
          side="output"
          port={port}
          top={portOffset(row, isCollapsed)}
          hasName={!isCollapsed}
          isConnected
          problem={null}
        />
      ))}
    </>
  );
}

/** What goes into a bypassed node goes on to what comes after it: lines from its inputs to its outputs. */
function Passing({ view, passages }: { view: NodeView; passages: Passages }) {
  const { operator, width, height } = view;
  const rowOf = (ports: readonly { name: string }[], wanted: string) =>
    portOffset(
      ports.findIndex(({ name }) => name === wanted),
      false,
    );
  return (
    <svg className={classes.passing} width={width} height={height} aria-hidden>
      {[...passages].map(([output, input]) => {
        const [start, end] = [rowOf(operator.inputs, input), rowOf(operator.outputs, output)];
        const type = operator.outputs.find(({ name }) => name === output)?.type ?? "";
        const middle = width / 2;
        return (
          <path
            key={output}
            d={`M0 ${start}C${middle} ${start} ${middle} ${end} ${width} ${end}`}
            stroke={portLook(type).colour}
          />
        );
      })}
    </svg>
  );
}

const problemAt = (problems: readonly Diagnostic[], port: string): string | null =>
  problems.find((problem) => problem.place?.port === port)?.message ?? null;

interface PortProps {
  node: string;
  side: Side;
  port: InputPort | OutputPort;
  top: number;
  hasName: boolean;
  isConnected: boolean;
  problem: string | null;
}

const Port = memo(function Port(props: PortProps) {
  const { node, side, port, top, hasName, isConnected, problem } = props;
  const isInput = side === "input";
  const isRequired = "required" in port && port.required;
  const isMany = "many" in port && port.many;
  const fit = useCanvasView(({ connecting }) => {
    if (connecting === null) {
      return undefined;
    }
    const isStart = connecting.end.node === node && connecting.end.port === port.name;
    return isStart || connecting.compatible.has(portKey(node, side, port.name)) ? "yes" : "no";
  });
  const explain = (event: PointerEvent<HTMLElement>) => {
    if (useCanvasView.getState().connecting !== null) {
      return; // the hint below speaks now
    }
    const place = event.currentTarget.getBoundingClientRect();
    const screen = { x: isInput ? place.left : place.right, y: place.top + place.height / 2 };
    const { name, type, help } = port;
    show({ tip: { name, type, help, problem, side, isRequired, isMany, screen } });
  };
  return (
    <>
      <Handle
        id={port.name}
        type={isInput ? "target" : "source"}
        position={isInput ? Position.Left : Position.Right}
        className={classes.handle}
        style={{ top }}
        data-fit={fit}
        data-problem={problem !== null || undefined}
        aria-label={`${node}.${port.name}`}
        onPointerEnter={explain}
        onPointerLeave={() => show({ tip: null })}
      >
        <PortMark
          type={port.type}
          need={isConnected ? "met" : isRequired ? "wanting" : "open"}
          isMany={isMany}
        />
      </Handle>
      {hasName && (
        <span
          className={`nl-port-name ${classes.name}`}
          data-side={side}
          data-fit={fit}
          style={{ top }}
        >
          {port.name}
          {isRequired && !isConnected && <span className={classes.required}>*</span>}
        </span>
      )}
    </>
  );
});
