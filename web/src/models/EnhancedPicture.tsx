import { SegmentedControl } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { BeforeAfter } from "@/ui/BeforeAfter";
import type { Enhanced } from "./findings";
import type { Try } from "./predicting";
import classes from "./TryResult.module.css";

const VIEWS = ["slider", "sideBySide"] as const;
type View = (typeof VIEWS)[number];

interface EnhancedPictureProps {
  shown: Try;
  enhanced: Enhanced;
}

/** A picture before and after: with a line to drag over it, or side by side and measured against the target. */
export function EnhancedPicture({ shown, enhanced }: EnhancedPictureProps) {
  const { t } = useTranslation("models");
  const [view, setView] = useState<View>("slider");
  return (
    <figure className={classes.figure}>
      <div className={classes.stage}>
        {view === "sideBySide" && shown.drawing !== null ? (
          <img src={shown.drawing} alt={shown.name} />
        ) : (
          <BeforeAfter
            before={shown.picture}
            after={enhanced.url}
            width={enhanced.width}
            height={enhanced.height}
          />
        )}
      </div>
      <figcaption>
        <span className={classes.file} title={shown.name}>
          {shown.name}
        </span>
        <span className={classes.pixels}>
          {enhanced.width} × {enhanced.height}
        </span>
        {shown.drawing !== null && (
          <SegmentedControl
            size="xs"
            className={classes.views}
            aria-label={t("try.view")}
            value={view}
            onChange={(value) => setView(value as View)}
            data={VIEWS.map((each) => ({ value: each, label: t(`try.${each}`) }))}
          />
        )}
      </figcaption>
    </figure>
  );
}
