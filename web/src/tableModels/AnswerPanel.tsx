import { Button, Loader } from "@mantine/core";
import { IconArrowRight, IconRotate2, IconX } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { Explained } from "@/ui/Explained";
import { formatDuration, formatMilliseconds } from "@/ui/formatting";
import { ProblemNotice } from "@/ui/ProblemNotice";
import classes from "./AnswerPanel.module.css";
import { targetAnswer } from "./answers";
import type { Target } from "./inputs";
import { TargetSaid } from "./TargetSaid";
import type { WhatIf } from "./useWhatIf";

interface AnswerPanelProps {
  targets: readonly Target[];
  whatIf: WhatIf;
}

/** What the model says of the row as it stands, and what the changes did to that. */
export function AnswerPanel({ targets, whatIf }: AnswerPanelProps) {
  const { t } = useTranslation("tableModels");
  const { answer, changes, start, isAsking, problem, problems } = whatIf;
  const row = answer?.rows[0];
  const isHeld = Object.keys(problems).length > 0;
  return (
    <aside className={classes.panel} aria-label={t("answer.title")}>
      <h2 className={classes.title}>
        {t("answer.title")}
        {isAsking && !isHeld && row !== undefined && (
          <Loader size={12} aria-label={t("answer.asking")} />
        )}
      </h2>
      {problem !== null && <ProblemNotice problem={problem} />}
      {row === undefined && problem === null && (
        <p className={classes.waiting} role="status">
          <Loader size="sm" /> {t("answer.loading")}
        </p>
      )}
      {row !== undefined && (
        <div
          className={classes.targets}
          data-held={isHeld || problem !== null || undefined}
          aria-live="polite"
        >
          {targets.map((target) => {
            const said = targetAnswer(target, row, changes.length > 0 ? start : null);
            return said && <TargetSaid key={target.column} target={target} said={said} />;
          })}
        </div>
      )}
      {isHeld && <p className={classes.note}>{t("answer.held")}</p>}
      <Changes whatIf={whatIf} />
      {answer !== null && (
        <p className={classes.time}>
          {t("answer.took", { time: formatMilliseconds(answer.seconds) })}
          {answer.load_seconds > 0 &&
            ` · ${t("answer.loadTook", { time: formatDuration(answer.load_seconds) })}`}
        </p>
      )}
    </aside>
  );
}

/** What differs from the start; each can be put back. */
function Changes({ whatIf }: { whatIf: WhatIf }) {
  const { t } = useTranslation("tableModels");
  const { changes } = whatIf;
  if (changes.length === 0) {
    return (
      <p className={classes.note}>
        {t("changes.none")}
        <Explained term={t("changes.title")}>{t("changes.explained")}</Explained>
      </p>
    );
  }
  return (
    <section className={classes.changes} aria-label={t("changes.title")}>
      <h3>{t("changes.count", { count: changes.length })}</h3>
      <ul>
        {changes.map(({ name, before, now }) => (
          <li key={name}>
            <span className={classes.name}>{name}</span>
            <span className={classes.before}>{before ?? t("form.null")}</span>
            <IconArrowRight size={12} aria-label={t("changes.became")} />
            <span className={classes.now}>{now ?? t("form.null")}</span>
            <button
              type="button"
              aria-label={t("changes.putBack", { name })}
              title={t("changes.putBack", { name })}
              onClick={() => whatIf.putBack(name)}
            >
              <IconX size={12} aria-hidden />
            </button>
          </li>
        ))}
      </ul>
      <div className={classes.buttons}>
        <Button
          variant="default"
          size="compact-xs"
          leftSection={<IconRotate2 size={12} aria-hidden />}
          onClick={whatIf.putAllBack}
        >
          {t("changes.putAllBack")}
        </Button>
        <Button variant="default" size="compact-xs" onClick={whatIf.startHere}>
          {t("changes.startHere")}
        </Button>
      </div>
    </section>
  );
}
