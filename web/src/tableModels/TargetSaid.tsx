import { Button } from "@mantine/core";
import { type CSSProperties, useState } from "react";
import { useTranslation } from "react-i18next";
import { formatNumber, formatScore } from "@/ui/formatting";
import classes from "./AnswerPanel.module.css";
import { type Chance, differenceText, pointsText, type TargetAnswer, THRESHOLD } from "./answers";
import type { Target } from "./inputs";

interface TargetSaidProps {
  target: Target;
  said: TargetAnswer;
}

/** What a model says of one target. */
export function TargetSaid({ target, said }: TargetSaidProps) {
  return (
    <section className={classes.target} aria-label={target.column}>
      <h3>{target.column}</h3>
      <Said said={said} />
    </section>
  );
}

function Said({ said }: { said: TargetAnswer }) {
  switch (said.kind) {
    case "binary":
      return <YesOrNo said={said} />;
    case "number":
      return <Amount said={said} />;
    case "classes":
      return (
        <>
          <strong className={classes.value}>{said.value}</strong>
          <Chances chances={said.chances} hasThreshold={false} />
        </>
      );
    case "labels":
      return <Chances chances={said.chances} hasThreshold />;
  }
}

type Of<Kind extends TargetAnswer["kind"]> = { said: Extract<TargetAnswer, { kind: Kind }> };

/** One bar: how probable the positive value is, and from where on it is said. */
function YesOrNo({ said }: Of<"binary">) {
  const { t } = useTranslation("tableModels");
  const { chance, value } = said;
  return (
    <>
      <p className={classes.verdict}>
        <strong className={classes.value}>{value}</strong>
        <Difference text={pointsText(chance)} unit={t("answer.points")} />
      </p>
      <Bar chance={chance} isChosen hasThreshold />
      <p className={classes.ends}>
        <span>{t("answer.chanceOf", { label: chance.label })}</span>
        <span>{formatScore(chance.score)}</span>
      </p>
    </>
  );
}

function Amount({ said: { value, before } }: Of<"number">) {
  return (
    <p className={classes.verdict}>
      <strong className={classes.value}>{formatNumber(value)}</strong>
      <Difference text={differenceText(value, before)} />
    </p>
  );
}

const SHOWN_AT_FIRST = 5;

function Chances({ chances, hasThreshold }: { chances: readonly Chance[]; hasThreshold: boolean }) {
  const { t } = useTranslation(["tableModels", "models"]);
  const [isWhole, showWhole] = useState(false);
  const shown = isWhole ? chances : chances.slice(0, SHOWN_AT_FIRST);
  return (
    <>
      <ol className={classes.chances}>
        {shown.map((chance, at) => (
          <li key={chance.label} data-first={at === 0 || undefined}>
            <span className={classes.label} title={chance.label}>
              {chance.label}
            </span>
            <Difference text={pointsText(chance)} />
            <span className={classes.percent}>{formatScore(chance.score)}</span>
            <Bar
              chance={chance}
              isChosen={hasThreshold ? chance.score >= THRESHOLD : at === 0}
              hasThreshold={hasThreshold}
            />
          </li>
        ))}
      </ol>
      {!isWhole && chances.length > SHOWN_AT_FIRST && (
        <Button variant="subtle" size="compact-xs" onClick={() => showWhole(true)}>
          {t("models:try.more", { count: chances.length - SHOWN_AT_FIRST })}
        </Button>
      )}
    </>
  );
}

interface BarProps {
  chance: Chance;
  /** It belongs to what the model says. */
  isChosen: boolean;
  /** From a half on a value is said to hold. */
  hasThreshold: boolean;
}

function Bar({ chance, isChosen, hasThreshold }: BarProps) {
  const at = (share: number): CSSProperties => ({ left: `${100 * share}%` });
  return (
    <span className={classes.track} aria-hidden>
      <span
        className={classes.fill}
        data-chosen={isChosen || undefined}
        style={{ width: `${100 * chance.score}%` }}
      />
      {hasThreshold && <span className={classes.threshold} style={at(THRESHOLD)} />}
      {pointsText(chance) !== null && chance.before !== null && (
        <span className={classes.ghost} style={at(chance.before)} />
      )}
    </span>
  );
}

/** How much more or less it is than at the start. */
function Difference({ text, unit = "" }: { text: string | null; unit?: string }) {
  const { t } = useTranslation("tableModels");
  if (text === null) {
    return null;
  }
  return (
    <span className={classes.difference} title={t("answer.difference")}>
      {text}
      {unit !== "" && ` ${unit}`}
    </span>
  );
}
