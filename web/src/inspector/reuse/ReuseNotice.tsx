import { Button } from "@mantine/core";
import { IconBrain, IconLock } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useEditor } from "@/editor/EditorContext";
import type { GraphNode } from "@/editor/types";
import type { NodeOperator } from "@/graph/catalogue";
import { formatCount } from "@/ui/formatting";
import { ProblemLine } from "../form/FieldRow";
import { candidatesQuery, referencedModel } from "./candidates";
import classes from "./Reuse.module.css";
import { shortReference } from "./shortReference";
import { TrainedModelDialog } from "./TrainedModelDialog";
import { useReuse } from "./useReuse";

/** For a node that trains: which trained model it uses instead, and the ways there and back. */
export function ReuseNotice({ node, operator }: { node: GraphNode; operator: NodeOperator }) {
  const { t } = useTranslation("inspector");
  const mayEdit = useEditor((state) => state.mayEdit);
  const [isChoosing, choose] = useState(false);
  if (operator.stand_in === null || (!mayEdit && !node.reuse)) {
    return null;
  }
  return (
    <>
      {node.reuse ? (
        <InUse node={node.id} reference={node.reuse} onChoose={() => choose(true)} />
      ) : (
        <div>
          <Button
            variant="default"
            size="compact-sm"
            leftSection={<IconBrain size={14} aria-hidden />}
            onClick={() => choose(true)}
          >
            {t("reuse.use")}
          </Button>
        </div>
      )}
      {isChoosing && <TrainedModelDialog node={node.id} onClose={() => choose(false)} />}
    </>
  );
}

interface InUseProps {
  node: string;
  reference: string;
  onChoose(): void;
}

function InUse({ node, reference, onChoose }: InUseProps) {
  const { t } = useTranslation("inspector");
  const mayEdit = useEditor((state) => state.mayEdit);
  const reuse = useReuse(node);
  return (
    <section className={classes.inUse} aria-label={t("reuse.inUse")}>
      <ModelName reference={reference} />
      <p className={classes.locked}>
        <IconLock size={14} aria-hidden />
        <span>{t("reuse.locked")}</span>
      </p>
      <ReuseProblems node={node} />
      {mayEdit && (
        <div className={classes.buttons}>
          <Button variant="default" size="compact-sm" onClick={() => reuse(null)}>
            {t("reuse.train")}
          </Button>
          <Button variant="subtle" size="compact-sm" onClick={onChoose}>
            {t("reuse.other")}
          </Button>
        </div>
      )}
    </section>
  );
}

/** The model by its name where it is known, with the classes that come with it. */
function ModelName({ reference }: { reference: string }) {
  const { t } = useTranslation("inspector");
  const { data } = useQuery(candidatesQuery(null, ""));
  const model = referencedModel(data?.models ?? [], reference);
  return (
    <div className={classes.model}>
      <IconBrain size={16} aria-hidden />
      <span className={classes.modelName} title={reference}>
        {model ? (
          <Link to={`/models/${model.id}`}>{nameOf(model)}</Link>
        ) : (
          shortReference(reference)
        )}
      </span>
      {model !== undefined && model.classes.length > 0 && (
        <span className={classes.dim} title={model.classes.slice(0, 40).join(", ")}>
          {t("reuse.classes", {
            count: model.classes.length,
            shown: formatCount(model.classes.length),
          })}
        </span>
      )}
    </div>
  );
}

const nameOf = ({ name, version }: { name: string; version: number | null }): string =>
  version === null ? name : `${name} v${version}`;

function ReuseProblems({ node }: { node: string }) {
  const diagnostics = useEditor((state) => state.diagnostics);
  return diagnostics
    .filter(({ place }) => place?.node === node && place.setting === "reuse")
    .map((problem) => <ProblemLine key={problem.code} problem={problem} isWhole />);
}
