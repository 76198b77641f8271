import type { NodeProps } from "@xyflow/react";
import { memo } from "react";
import { useText } from "@/i18n/useText";
import { STATE_LOOKS } from "@/ui/states";
import type { OperatorNode as Flow } from "./flowElements";
import { groupColour } from "./groupColours";
import { NodeBody } from "./NodeBody";
import { NodePorts } from "./NodePorts";
import { NodeState } from "./NodeState";
import type { NodeView } from "./nodeView";
import classes from "./OperatorNode.module.css";
import { useCanvasView } from "./view";

/** A node: what it is, its state, its ports, and a look at what it does. */
export const OperatorNode = memo(function OperatorNode({ data, selected }: NodeProps<Flow>) {
  const isLow = useCanvasView((view) => view.detail === "low");
  return (
    <div
      className={classes.node}
      style={{ width: data.width, height: data.height }}
      data-selected={selected || undefined}
      data-state={data.state ?? undefined}
      data-bypassed={data.node.bypass || undefined}
    >
      {isLow ? <Distant view={data} /> : <Close view={data} />}
    </div>
  );
});

/** From afar: a block with its title, its group's colour, and the colour of its state. */
function Distant({ view }: { view: NodeView }) {
  const colour = view.state === null ? "var(--nl-line-strong)" : STATE_LOOKS[view.state].colour;
  return (
    <div className={classes.distant} style={{ borderLeftColor: groupColour(view.operator.group) }}>
      <span className={classes.distantTitle}>{view.node.id}</span>
      <span className={classes.distantState} style={{ background: colour }} />
    </div>
  );
}

function Close({ view }: { view: NodeView }) {
  const t = useText("canvas");
  const { node, operator } = view;
  const hasBody = !view.isCollapsed && view.lines.length > 0;
  const isMissing = operator.origin === "missing";
  return (
    <>
      <header className={classes.header}>
        <span
          className={classes.stripe}
          style={{ background: groupColour(operator.group) }}
          aria-hidden
        />
        <div className={classes.names}>
          <span className={classes.title} title={node.id}>
            {node.id}
          </span>
          <span className={classes.operator} title={operator.summary || node.op}>
            {isMissing
              ? t("node.missing", { operator: node.op })
              : view.standIn === null
                ? operator.title
                : t("node.trainedModel")}
          </span>
        </div>
        <NodeState view={view} />
      </header>
      <NodePorts view={view} />
      {hasBody && (
        <div className={classes.body}>
          <NodeBody node={node.id} lines={view.lines} />
        </div>
      )}
    </>
  );
}
