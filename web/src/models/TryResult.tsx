import { Button, Loader } from "@mantine/core";
import { IconCheck, IconMovie, IconPhotoOff, IconX } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Explained } from "@/ui/Explained";
import { formatDuration, formatMilliseconds } from "@/ui/formatting";
import { ProblemNotice } from "@/ui/ProblemNotice";
import { EnhancedPicture } from "./EnhancedPicture";
import { Findings } from "./Findings";
import { enhancedOf } from "./findings";
import { kindOfInput } from "./models";
import type { Tries, Try } from "./predicting";
import { scoreBars } from "./scoreBars";
import classes from "./TryResult.module.css";
import { PictureButton } from "./TryTab";

/** A picture at the left, and at the right what the model says of it. */
export function TryResult({ shown, tries }: { shown: Try; tries: Tries }) {
  const enhanced = shown.prediction ? enhancedOf(shown.prediction) : null;
  return (
    <div className={classes.result} data-wide={enhanced !== null || undefined}>
      {enhanced === null ? (
        <Picture
          key={shown.drawing === null ? "sent" : "drawn"}
          shown={shown}
          isStrip={tries.takesVideos}
        />
      ) : (
        <EnhancedPicture shown={shown} enhanced={enhanced} />
      )}
      <div className={classes.answer}>
        <Answer shown={shown} context={kindOfInput(tries.takesVideos)} />
        <div className={classes.again}>
          <PictureButton tries={tries} />
        </div>
      </div>
    </div>
  );
}

const TINY_PIXELS = 96;

interface PictureProps {
  shown: Try;
  /** Frames of a video next to each other, whose size says nothing. */
  isStrip: boolean;
}

function Picture({ shown, isStrip }: PictureProps) {
  const { t } = useTranslation("models");
  const [state, setState] = useState<"whole" | "tiny" | "failed">("whole");
  return (
    <figure className={classes.figure}>
      <div className={classes.stage}>
        {state === "failed" || (shown.isVideo && shown.drawing === null) ? (
          <div className={classes.unseen}>
            {shown.isVideo ? (
              <IconMovie size={32} stroke={1.2} aria-hidden />
            ) : (
              <IconPhotoOff size={32} stroke={1.2} aria-hidden />
            )}
            {t(shown.isVideo ? "try.video" : "try.noPicture")}
          </div>
        ) : (
          <img
            src={shown.drawing ?? shown.picture}
            alt={shown.truth ?? shown.name}
            data-tiny={state === "tiny" || undefined}
            onLoad={({ currentTarget: { naturalWidth, naturalHeight } }) =>
              setState(Math.max(naturalWidth, naturalHeight) <= TINY_PIXELS ? "tiny" : "whole")
            }
            onError={() => setState("failed")}
          />
        )}
      </div>
      <figcaption>
        <span className={classes.file} title={shown.name}>
          {shown.name}
        </span>
        {shown.width !== null && !isStrip && (
          <span className={classes.pixels}>
            {shown.width} × {shown.height}
          </span>
        )}
      </figcaption>
    </figure>
  );
}

interface AnswerProps {
  shown: Try;
  /** What the texts speak of. */
  context: "video" | undefined;
}

function Answer({ shown, context }: AnswerProps) {
  if (shown.problem !== null) {
    return <ProblemNotice problem={shown.problem} />;
  }
  if (shown.top === null || shown.prediction === null) {
    return <Thinking context={context} />;
  }
  return shown.top.length > 0 ? (
    <Scores shown={shown} top={shown.top} context={context} />
  ) : (
    <Findings shown={shown} prediction={shown.prediction} />
  );
}

const PATIENCE_MS = 700;

/** The first prediction has to wait until the model is in memory. */
function Thinking({ context }: Pick<AnswerProps, "context">) {
  const { t } = useTranslation("models");
  const [isLong, setLong] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLong(true), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div className={classes.thinking} role="status">
      <Loader size="sm" />
      <span>{t(isLong ? "try.loading" : "try.thinking", { context })}</span>
    </div>
  );
}

const SHOWN_AT_FIRST = 5;

function Scores({ shown, top, context }: AnswerProps & { top: NonNullable<Try["top"]> }) {
  const { t } = useTranslation("models");
  const [isWhole, showWhole] = useState(false);
  const bars = scoreBars(isWhole ? top : top.slice(0, SHOWN_AT_FIRST), shown.truth);
  return (
    <div aria-live="polite">
      <Verdict shown={shown} label={top[0]?.label ?? ""} />
      <ol className={classes.scores} aria-label={t("try.scores")}>
        {bars.map((bar, at) => (
          <li
            key={bar.label}
            data-first={at === 0 || undefined}
            data-true={bar.isTrue || undefined}
          >
            <span className={classes.label} title={bar.label}>
              {bar.label}
              {bar.isTrue && <IconCheck size={14} role="img" aria-label={t("try.isTruth")} />}
            </span>
            <span className={classes.percent}>{bar.percent}</span>
            <span className={classes.track} aria-hidden>
              <span className={classes.fill} style={{ width: `${bar.width}%` }} />
            </span>
          </li>
        ))}
      </ol>
      {!isWhole && top.length > SHOWN_AT_FIRST && (
        <Button variant="subtle" size="compact-xs" onClick={() => showWhole(true)}>
          {t("try.more", { count: top.length - SHOWN_AT_FIRST })}
        </Button>
      )}
      <p className={classes.time}>
        {t("try.scoresTitle")}
        <Explained term={t("try.scoresTitle")}>{t("try.scoresExplained", { context })}</Explained>
        {shown.seconds !== null && (
          <span>{t("try.took", { time: formatMilliseconds(shown.seconds) })}</span>
        )}
        {shown.loadSeconds > 0 && (
          <span>{t("try.loadTook", { time: formatDuration(shown.loadSeconds) })}</span>
        )}
      </p>
    </div>
  );
}

function Verdict({ shown, label }: { shown: Try; label: string }) {
  const { t } = useTranslation("models");
  const isRight = shown.truth === null ? null : shown.truth === label;
  return (
    <div className={classes.verdict}>
      <strong>{label}</strong>
      {isRight === true && (
        <span className={classes.right}>
          <IconCheck size={16} aria-hidden /> {t("try.right")}
        </span>
      )}
      {isRight === false && (
        <span className={classes.wrong}>
          <IconX size={16} aria-hidden /> {t("try.wrong", { label: shown.truth })}
        </span>
      )}
    </div>
  );
}
