import { ActionIcon, TextInput } from "@mantine/core";
import { IconHelp, IconPencil } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useEditor, useEditorActions } from "@/editor/EditorContext";
import type { GraphNode } from "@/editor/types";
import type { NodeOperator } from "@/graph/catalogue";
import { isNodeId } from "@/graph/naming";
import { indexOfNodes } from "@/graph/reading";
import { StateBadge } from "@/ui/StateBadge";
import { BypassNotice } from "./BypassNotice";
import { DocText } from "./DocText";
import { ProblemLine } from "./form/FieldRow";
import classes from "./Inspector.module.css";
import { useOperator } from "./operatorDetails";
import { ReuseNotice } from "./reuse/ReuseNotice";

interface NodeHeadProps {
  node: GraphNode;
  operator: NodeOperator;
}

/** Which node it is: its id, its operator, its state, and what is wrong with it as a whole. */
export function NodeHead({ node, operator }: NodeHeadProps) {
  const { t } = useTranslation("inspector");
  const [hasHelp, showHelp] = useState(false);
  const state = useEditor((editor) => editor.run?.nodes[node.id]?.state);
  const planned = useEditor((editor) => editor.plan?.nodes[node.id]?.state);
  const shown = node.bypass ? undefined : (state ?? planned);
  return (
    <header className={classes.head}>
      <div className={classes.headLine}>
        <NodeName node={node} />
        {shown && <StateBadge state={shown} />}
      </div>
      <div className={classes.headLine}>
        <span className={classes.operator} title={operator.id}>
          {operator.title}
          <code>{operator.id}</code>
        </span>
        <ActionIcon
          size="sm"
          aria-expanded={hasHelp}
          aria-label={t("head.help")}
          title={t("head.help")}
          onClick={() => showHelp(!hasHelp)}
        >
          <IconHelp size={16} aria-hidden />
        </ActionIcon>
      </div>
      {hasHelp ? (
        <OperatorHelp operator={operator} />
      ) : (
        <p className={classes.summary}>{operator.summary}</p>
      )}
      {operator.origin === "missing" && (
        <p className={classes.missing}>{t("head.missing", { operator: node.op })}</p>
      )}
      {node.bypass && <BypassNotice node={node} />}
      {!node.bypass && <ReuseNotice node={node} operator={operator} />}
      <NodeProblems node={node.id} />
    </header>
  );
}

function OperatorHelp({ operator }: { operator: NodeOperator }) {
  const details = useOperator(operator.id, { isKnown: operator.origin === "operator" });
  return <DocText text={details.data?.help ?? operator.summary} />;
}

/** The id, to be changed in place. */
function NodeName({ node }: { node: GraphNode }) {
  const { t } = useTranslation("inspector");
  const mayEdit = useEditor((state) => state.mayEdit);
  const [isEditing, setEditing] = useState(false);
  if (isEditing) {
    return <NodeNameInput id={node.id} onDone={() => setEditing(false)} />;
  }
  return (
    <h2 className={classes.nodeName}>
      <span title={node.id}>{node.id}</span>
      {mayEdit && (
        <ActionIcon
          size="sm"
          aria-label={t("head.rename", { id: node.id })}
          title={t("head.rename", { id: node.id })}
          onClick={() => setEditing(true)}
        >
          <IconPencil size={14} aria-hidden />
        </ActionIcon>
      )}
    </h2>
  );
}

function NodeNameInput({ id, onDone }: { id: string; onDone: () => void }) {
  const { t } = useTranslation("inspector");
  const { edit, select } = useEditorActions();
  const graph = useEditor((state) => state.graph);
  const [name, setName] = useState(id);
  const isTaken = name !== id && graph !== null && indexOfNodes(graph).has(name);
  const problem = isTaken ? t("head.taken") : isNodeId(name) ? "" : t("head.notAnId");
  const rename = () => {
    if (problem === "" && name !== id) {
      edit([{ kind: "rename_node", node: id, new: name }]);
      select([name]);
    }
    onDone();
  };
  return (
    <TextInput
      className={classes.nodeNameInput}
      aria-label={t("head.id")}
      autoFocus
      value={name}
      error={problem || undefined}
      onFocus={(event) => event.currentTarget.select()}
      onChange={(event) => setName(event.currentTarget.value)}
      onBlur={rename}
      onKeyDown={(event) => {
        if (event.key === "Enter" && problem === "") {
          rename();
        } else if (event.key === "Escape") {
          event.stopPropagation();
          onDone();
        }
      }}
    />
  );
}

/** What is wrong with a node but with none of its settings: those are told at the setting. */
function NodeProblems({ node }: { node: string }) {
  const diagnostics = useEditor((state) => state.diagnostics);
  const here = diagnostics.filter((each) => each.place?.node === node && !each.place.setting);
  return here.map((problem) => (
    <ProblemLine key={`${problem.code}:${problem.message}`} problem={problem} isWhole />
  ));
}
