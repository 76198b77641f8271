import { IconPhotoOff } from "@tabler/icons-react";
import { useState } from "react";
import { Explained } from "@/ui/Explained";
import classes from "./PictureStrip.module.css";

interface StripPicture {
  key: number;
  url: string;
  label: string;
  isChosen: boolean;
  /** The label is not what the picture really shows. */
  isWrong: boolean;
}

interface PictureStripProps {
  title: string;
  explained?: string;
  pictures: readonly StripPicture[];
  onChoose(key: number): void;
}

/** Small pictures in a row, to choose one. */
export function PictureStrip({ title, explained, pictures, onChoose }: PictureStripProps) {
  return (
    <section aria-label={title}>
      <h2 className={classes.title}>
        {title}
        {explained && <Explained term={title}>{explained}</Explained>}
      </h2>
      <div className={classes.strip}>
        {pictures.map((picture) => (
          <button
            key={picture.key}
            type="button"
            className={classes.picture}
            aria-pressed={picture.isChosen}
            data-wrong={picture.isWrong || undefined}
            title={picture.label}
            onClick={() => onChoose(picture.key)}
          >
            <SmallPicture key={picture.url} url={picture.url} />
            <span>{picture.label}</span>
          </button>
        ))}
      </div>
    </section>
  );
}

function SmallPicture({ url }: { url: string }) {
  const [isTiny, setTiny] = useState(false);
  const [hasFailed, setFailed] = useState(false);
  return hasFailed ? (
    <div className={classes.unseen}>
      <IconPhotoOff size={24} stroke={1.2} aria-hidden />
    </div>
  ) : (
    <img
      src={url}
      alt=""
      loading="lazy"
      data-tiny={isTiny || undefined}
      onError={() => setFailed(true)}
      onLoad={({ currentTarget }) => setTiny(currentTarget.naturalWidth <= 48)}
    />
  );
}
