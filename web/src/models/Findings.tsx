import { Button } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { formatDuration, formatMilliseconds, formatPercent } from "@/ui/formatting";
import { type Enhanced, enhancedOf, findingsOf } from "./findings";
import type { Try } from "./predicting";
import classes from "./TryResult.module.css";

const SHOWN_AT_FIRST = 8;

/** What was found in a picture, in words beside its drawing: objects, regions, a text, numbers. */
export function Findings({
  shown,
  prediction,
}: {
  shown: Try;
  prediction: NonNullable<Try["prediction"]>;
}) {
  const { t } = useTranslation("models");
  const [isWhole, showWhole] = useState(false);
  const { text, things, guesses, facts } = findingsOf(prediction);
  const enhanced = enhancedOf(prediction);
  const sure = things ?? [];
  const listed = isWhole ? [...sure, ...guesses] : sure.slice(0, SHOWN_AT_FIRST);
  const hidden = sure.length + guesses.length - listed.length;
  return (
    <div aria-live="polite">
      {text !== null && <div className={classes.verdict}>{text || t("try.noText")}</div>}
      {things !== null && (
        <div className={classes.verdict}>{t("try.things", { count: things.length })}</div>
      )}
      {listed.length > 0 && (
        <ol className={classes.scores} aria-label={t("try.found")}>
          {listed.map((thing, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a list that is never reordered
            <li key={at}>
              <span className={classes.label} title={thing.label}>
                {thing.label}
              </span>
              {thing.share !== null && (
                <span className={classes.percent}>{formatPercent(thing.share)}</span>
              )}
            </li>
          ))}
        </ol>
      )}
      {hidden > 0 && (
        <Button variant="subtle" size="compact-xs" onClick={() => showWhole(true)}>
          {t(listed.length < sure.length ? "try.more" : "try.guesses", { count: hidden })}
        </Button>
      )}
      {facts.length > 0 && (
        <dl className={classes.facts}>
          {facts.map(({ name, value }) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      )}
      {enhanced !== null && <Download enhanced={enhanced} name={shown.name} />}
      <p className={classes.time}>
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

function Download({ enhanced, name }: { enhanced: Enhanced; name: string }) {
  const { t } = useTranslation("models");
  return (
    <Button
      component="a"
      variant="default"
      href={enhanced.url}
      download={`${name.replace(/\.[^.]*$/, "")}-enhanced.png`}
      leftSection={<IconDownload size={14} aria-hidden />}
    >
      {t("try.downloadPicture")}
    </Button>
  );
}
