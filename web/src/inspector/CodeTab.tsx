import { Button, CopyButton } from "@mantine/core";
import { IconCheck, IconCopy } from "@tabler/icons-react";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useEditor, useEditorActions } from "@/editor/EditorContext";
import type { GraphNode } from "@/editor/types";
import type { NodeOperator } from "@/graph/catalogue";
import classes from "./Inspector.module.css";
import { useOperator } from "./operatorDetails";

/** The node as it stands in the file, and where its operator comes from. */
export function CodeTab({ node, operator }: { node: GraphNode; operator: NodeOperator }) {
  const { t } = useTranslation("inspector");
  const { copyText } = useEditorActions();
  const text = useEditor((state) => state.text);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the node's YAML is made from the text
  const yaml = useMemo(() => copyText([node.id]), [copyText, node, text]);
  const { data: details } = useOperator(operator.id, { isKnown: operator.origin === "operator" });
  return (
    <div className={classes.sections}>
      <section>
        <h3 className={classes.sectionTitle}>
          {t("code.yaml")}
          <CopyButton value={yaml}>
            {({ copied, copy }) => (
              <Button
                variant="subtle"
                size="compact-xs"
                ml="auto"
                leftSection={copied ? <IconCheck size={14} /> : <IconCopy size={14} />}
                onClick={copy}
              >
                {t(copied ? "common:action.copied" : "common:action.copy")}
              </Button>
            )}
          </CopyButton>
        </h3>
        <pre className={classes.code}>{yaml}</pre>
      </section>
      <dl className={classes.tree}>
        <div className={classes.leaf}>
          <dt>{t("code.operator")}</dt>
          <dd>
            <code>{operator.id}</code>
          </dd>
        </div>
        {details && (
          <div className={classes.leaf}>
            <dt>{t("code.definedIn")}</dt>
            <dd title={details.defined_in}>
              <code>{details.defined_in}</code>
            </dd>
          </div>
        )}
        <Ports title={t("code.inputs")} ports={operator.inputs} />
        <Ports title={t("code.outputs")} ports={operator.outputs} />
      </dl>
    </div>
  );
}

interface PortsProps {
  title: string;
  ports: readonly { name: string; type: string; help: string }[];
}

function Ports({ title, ports }: PortsProps) {
  return ports.length === 0 ? null : (
    <div className={classes.leaf}>
      <dt>{title}</dt>
      <dd>
        {ports.map(({ name, type, help }) => (
          <div key={name} title={help}>
            {name}: <code>{type}</code>
          </div>
        ))}
      </dd>
    </div>
  );
}
