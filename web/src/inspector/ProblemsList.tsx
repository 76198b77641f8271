import { IconAlertCircle, IconAlertTriangle, IconCircleCheck } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { useEditor, useEditorActions } from "@/editor/EditorContext";
import type { Diagnostic } from "@/editor/types";
import { useAttention } from "./focus";
import classes from "./Inspector.module.css";

/** Everything that is wrong with the pipeline; choosing a problem leads to where it is. */
export function ProblemsList() {
  const { t } = useTranslation("inspector");
  const diagnostics = useEditor((state) => state.diagnostics);
  if (diagnostics.length === 0) {
    return (
      <p className={classes.fine}>
        <IconCircleCheck size={16} aria-hidden />
        {t("problems.none")}
      </p>
    );
  }
  return (
    <section aria-label={t("problems.title")}>
      <h3 className={classes.sectionTitle}>
        {t("problems.title")} <span className={classes.muted}>{diagnostics.length}</span>
      </h3>
      <ul className={classes.problems}>
        {diagnostics.map((problem) => (
          <li key={`${problem.code}:${problem.message}:${JSON.stringify(problem.place)}`}>
            <Problem problem={problem} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function Problem({ problem }: { problem: Diagnostic }) {
  const { t } = useTranslation();
  const lookAt = useProblemPlace();
  const { place, severity, message, fix, expected } = problem;
  const Icon = severity === "error" ? IconAlertCircle : IconAlertTriangle;
  const where = [place?.node, place?.port ?? place?.setting].filter(Boolean).join(".");
  const line = place?.line ? t("problem.line", { line: place.line }) : "";
  return (
    <button
      type="button"
      className={classes.problem}
      data-severity={severity}
      disabled={!place?.node}
      onClick={() => lookAt(problem)}
    >
      <Icon size={16} aria-hidden />
      <span>
        <strong>{where || line}</strong> {message}
        {expected && <> · {t("problem.expected", { expected })}</>}
        {fix && <span className={classes.muted}> {fix}</span>}
      </span>
    </button>
  );
}

/** Select the node of a problem, and show its setting. */
function useProblemPlace(): (problem: Diagnostic) => void {
  const { select } = useEditorActions();
  const lookAt = useAttention((state) => state.lookAt);
  return ({ place }) => {
    // Nodes inside a component are shown by the node that uses it.
    const [node] = place?.node?.split("/") ?? [];
    if (node !== undefined) {
      select([node]);
      if (place?.setting) {
        lookAt(node, place.setting);
      }
    }
  };
}
