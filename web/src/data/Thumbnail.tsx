import { useState } from "react";
import { useTranslation } from "react-i18next";
import classes from "./Thumbnail.module.css";

interface ThumbnailProps {
  src: string;
  /** Of the square it is shown in: pixels, or a CSS length. */
  side: number | string;
  alt?: string;
  /** Cut what does not fit into the square, rather than leaving margins. */
  isFilled?: boolean;
}

const TINY_PIXELS = 48;

/** A picture in a square. Tiny ones are shown large, with their pixels as squares. */
export function Thumbnail({ src, side, alt = "", isFilled }: ThumbnailProps) {
  const { t } = useTranslation("data");
  const [hasFailed, setFailed] = useState(false);
  const [isTiny, setTiny] = useState(false);
  return (
    <div className={classes.frame} style={{ width: side, height: side }}>
      {hasFailed ? (
        <span className={classes.failed}>{t("gallery.unreadable")}</span>
      ) : (
        <img
          src={src}
          alt={alt}
          loading="lazy"
          decoding="async"
          data-filled={isFilled || undefined}
          data-tiny={isTiny || undefined}
          onLoad={({ currentTarget: { naturalWidth, naturalHeight } }) =>
            setTiny(Math.max(naturalWidth, naturalHeight) <= TINY_PIXELS)
          }
          onError={() => setFailed(true)}
        />
      )}
    </div>
  );
}
