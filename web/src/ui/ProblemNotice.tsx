import { Alert } from "@mantine/core";
import { IconAlertCircle } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Diagnostic } from "@/api/client";
import { Refusal } from "@/api/client";
import classes from "./ProblemNotice.module.css";

/** What went wrong, where, and what to do: of a refusal by the server or any other error. */
export function ProblemNotice({ problem, onClose }: { problem: unknown; onClose?: () => void }) {
  const { t } = useTranslation();
  const refusal = problem instanceof Refusal ? problem : null;
  const title = refusal?.status === 0 ? t("problem.unreachable") : t("problem.title");
  const diagnostics = refusal?.diagnostics ?? [];
  return (
    <Alert
      color="red"
      variant="light"
      icon={<IconAlertCircle size={18} />}
      title={title}
      role="alert"
      withCloseButton={onClose !== undefined}
      onClose={onClose}
      closeButtonLabel={t("action.close")}
    >
      {diagnostics.length === 0 ? (
        <p className={classes.line}>
          {problem instanceof Error ? problem.message : String(problem)}
        </p>
      ) : (
        <ul className={classes.list}>
          {diagnostics.map((diagnostic) => (
            <DiagnosticLine
              key={`${diagnostic.code}:${diagnostic.message}:${JSON.stringify(diagnostic.place)}`}
              diagnostic={diagnostic}
            />
          ))}
        </ul>
      )}
    </Alert>
  );
}

/** One diagnostic: where, what, expected and got, what to do, and its code. */
export function DiagnosticLine({ diagnostic }: { diagnostic: Diagnostic }) {
  const { t } = useTranslation();
  const { place } = diagnostic;
  const where = [place?.node, place?.port ?? place?.setting].filter(Boolean).join(".");
  const line = place?.line ? t("problem.line", { line: place.line }) : "";
  return (
    <li className={classes.line}>
      {(where || line) && (
        <strong>{t("problem.where", { where: [where, line].filter(Boolean).join(", ") })} </strong>
      )}
      {diagnostic.message}
      {diagnostic.expected && <> · {t("problem.expected", { expected: diagnostic.expected })}</>}
      {diagnostic.got && <> · {t("problem.got", { got: diagnostic.got })}</>}
      {diagnostic.fix && <div className={classes.fix}>{diagnostic.fix}</div>}
      <code className={classes.code}>{diagnostic.code}</code>
    </li>
  );
}
