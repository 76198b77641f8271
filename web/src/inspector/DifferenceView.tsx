import { IconArrowRight, IconMinus, IconPencil, IconPlus } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "@/api/client";
import { DiffTable } from "./DiffTable";
import { valueText } from "./form/fieldValues";
import classes from "./Versions.module.css";

export type DiffLook = "nodes" | "unified" | "sideBySide";

type NodeChange = Omit<Schemas["NodeDifference"], "operator"> & {
  /** Before and after. */
  operator: readonly (string | null)[];
};

interface DifferenceViewProps {
  difference: { nodes: readonly NodeChange[]; text: string };
  look: DiffLook;
}

/** What differs between two texts: by nodes, or by lines. */
export function DifferenceView({ difference, look }: DifferenceViewProps) {
  const { t } = useTranslation("inspector");
  const { nodes, text } = difference;
  if (nodes.length === 0 && text === "") {
    return <p className={classes.nothing}>{t("versions.same")}</p>;
  }
  if (look !== "nodes") {
    return <DiffTable unified={text} isSideBySide={look === "sideBySide"} />;
  }
  if (nodes.length === 0) {
    return <p className={classes.nothing}>{t("versions.sameNodes")}</p>;
  }
  return (
    <ul className={classes.nodes}>
      {nodes.map((node) => (
        <NodeDifference key={node.node} node={node} />
      ))}
    </ul>
  );
}

const ICONS = { added: IconPlus, removed: IconMinus, changed: IconPencil };

function NodeDifference({ node }: { node: NodeChange }) {
  const { t } = useTranslation("inspector");
  const Icon = ICONS[node.change];
  const [before, after] = node.operator;
  const isReplaced = node.change === "changed" && before !== after;
  return (
    <li className={classes.node} data-change={node.change}>
      <div className={classes.nodeHead}>
        <Icon size={14} aria-hidden />
        <strong>{node.node}</strong>
        <span className={classes.changeWord}>{t(`versions.change.${node.change}`)}</span>
        <code>{isReplaced ? `${before} → ${after}` : (after ?? before)}</code>
      </div>
      {node.change === "changed" &&
        node.values.map((value) => (
          <div key={`${value.kind}:${value.name}`} className={classes.value}>
            <code title={t(`versions.kind.${value.kind}`)}>{value.name}</code>
            <del>{valueText(value.before ?? undefined) || "–"}</del>
            <IconArrowRight size={12} aria-label={t("why.becomes")} />
            <ins>{valueText(value.after ?? undefined) || "–"}</ins>
          </div>
        ))}
    </li>
  );
}
