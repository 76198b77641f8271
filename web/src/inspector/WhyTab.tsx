import { IconArrowRight } from "@tabler/icons-react";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { api, dataOf, type Schemas } from "@/api/client";
import { keys } from "@/api/queries";
import { useEditor } from "@/editor/EditorContext";
import type { GraphNode } from "@/editor/types";
import { Answered } from "@/ui/Answered";
import { StateBadge } from "@/ui/StateBadge";
import { valueText } from "./form/fieldValues";
import classes from "./Inspector.module.css";

/** Why a node would run or its result be reused, and what changed since. */
export function WhyTab({ node }: { node: GraphNode }) {
  const { t } = useTranslation("inspector");
  const text = useEditor((state) => state.text);
  const isValid = useEditor((state) => state.isValid);
  const explanation = useQuery({
    queryKey: [...keys.pipelines, "why", node.id, text],
    queryFn: () =>
      dataOf(
        api.POST("/api/v1/text/why", {
          body: { text, node: node.id, to: [], from: [], force: [] },
        }),
      ),
    enabled: isValid,
    placeholderData: keepPreviousData,
  });
  const inRun = useEditor((state) => state.run?.nodes[node.id]);
  return (
    <div className={classes.sections}>
      {isValid ? (
        <Answered query={explanation}>
          {(found) => <ExplanationView explanation={found} />}
        </Answered>
      ) : (
        <p className={classes.empty}>{t("why.invalid")}</p>
      )}
      {inRun?.why && (
        <section>
          <h3 className={classes.sectionTitle}>
            {t("why.inRun")} <StateBadge state={inRun.state} />
          </h3>
          <p className={classes.text}>{inRun.why}</p>
        </section>
      )}
    </div>
  );
}

function ExplanationView({ explanation }: { explanation: Schemas["Explanation"] }) {
  const { t } = useTranslation("inspector");
  const { state, why, changes, last_run: lastRun } = explanation;
  return (
    <section>
      <h3 className={classes.sectionTitle}>
        {t("why.now")} <StateBadge state={state} />
      </h3>
      <p className={classes.text}>{why}</p>
      {changes.length > 0 && <Changes changes={changes} />}
      {lastRun && (
        <p className={classes.text}>
          <Link className={classes.link} to={`/runs/${lastRun}`}>
            {t("why.lastRun", { run: lastRun })}
          </Link>
        </p>
      )}
    </section>
  );
}

function Changes({ changes }: { changes: readonly Schemas["Change"][] }) {
  const { t } = useTranslation("inspector");
  return (
    <ul className={classes.changes}>
      {changes.map(({ kind, name, before, after }) => (
        <li key={`${kind}:${name}`}>
          <span className={classes.changeName}>
            {t(`why.kind.${kind}`)} <code>{name}</code>
          </span>
          <span className={classes.change}>
            <del title={valueText(before)}>{valueText(before) || "–"}</del>
            <IconArrowRight size={12} aria-label={t("why.becomes")} />
            <ins title={valueText(after)}>{valueText(after) || "–"}</ins>
          </span>
        </li>
      ))}
    </ul>
  );
}
