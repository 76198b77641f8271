import { IconArrowsHorizontal } from "@tabler/icons-react";
import { type CSSProperties, type KeyboardEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import classes from "./BeforeAfter.module.css";
import { shareAfterKey } from "./sliderShare";

interface BeforeAfterProps {
  /** Addresses of two pictures that show the same, one of which was made of the other. */
  before: string;
  after: string;
  /** Of both, in pixels. */
  width: number;
  height: number;
}

const TINY_PIXELS = 160;

/** One picture on top of another, with a line to drag between them. It fills what it stands in. */
export function BeforeAfter({ before, after, width, height }: BeforeAfterProps) {
  const { t } = useTranslation("common");
  const [share, setShare] = useState(50);
  const [isUnseen, setUnseen] = useState(false);
  const isTiny = Math.max(width, height) <= TINY_PIXELS;
  const onKeyDown = (event: KeyboardEvent) => {
    const next = shareAfterKey(share, event.key, event.shiftKey);
    if (next !== undefined && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      setShare(next);
    }
  };
  return (
    <div className={classes.room}>
      <div
        className={classes.pair}
        data-tiny={isTiny || undefined}
        style={{ "--ratio": width / height, "--share": `${share}%` } as CSSProperties}
      >
        <img src={after} alt={t("compare.afterLong")} draggable={false} />
        {isUnseen ? (
          <span className={classes.unseen}>{t("compare.unseen")}</span>
        ) : (
          <>
            <span className={classes.tag} data-side="after" aria-hidden>
              {t("compare.after")}
            </span>
            <div className={classes.before}>
              <img
                src={before}
                alt={t("compare.beforeLong")}
                draggable={false}
                onError={() => setUnseen(true)}
              />
              <span className={classes.tag} data-side="before" aria-hidden>
                {t("compare.before")}
              </span>
            </div>
            <input
              type="range"
              className={classes.range}
              min={0}
              max={100}
              step={0.1}
              value={share}
              title={t("compare.hint")}
              aria-label={t("compare.label")}
              aria-valuetext={t("compare.value", { share: Math.round(share) })}
              onChange={(event) => setShare(Number(event.currentTarget.value))}
              onKeyDown={onKeyDown}
            />
            <span className={classes.line} aria-hidden>
              <span className={classes.grip}>
                <IconArrowsHorizontal size={16} stroke={1.8} />
              </span>
            </span>
          </>
        )}
      </div>
    </div>
  );
}
