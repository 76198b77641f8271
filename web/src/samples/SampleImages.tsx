import { Switch } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import classes from "./Samples.module.css";
import { SampleViewer } from "./SampleViewer";
import { isAnnotated, type OutputPlace, type Preview, pictureUrl } from "./samples";

const THUMBNAIL = 160;

interface SampleImagesProps {
  preview: Preview;
  place: OutputPlace;
}

/** A few pictures of a data set with what is known about them; each opens large. */
export function SampleImages({ preview, place }: SampleImagesProps) {
  const { t } = useTranslation("samples");
  const [isPlain, setPlain] = useState(false);
  const [open, setOpen] = useState<number | null>(null);
  const hasCaptions = preview.images.some(({ label, text }) => (text ?? label) !== null);
  return (
    <>
      <div className={classes.images}>
        {preview.images.map(({ number, label, text }) => (
          <button
            key={number}
            type="button"
            className={classes.image}
            aria-label={t("open", { number: number + 1 })}
            onClick={() => setOpen(number)}
          >
            <img
              src={pictureUrl(place, number, { size: THUMBNAIL, isPlain })}
              alt=""
              loading="lazy"
            />
            {hasCaptions && <span title={text ?? label ?? undefined}>{text ?? label ?? "–"}</span>}
          </button>
        ))}
      </div>
      <div className={classes.below}>
        <span>{t("stored")}</span>
        {isAnnotated(preview) && (
          <Switch
            size="xs"
            label={t("annotations")}
            checked={!isPlain}
            onChange={(event) => setPlain(!event.currentTarget.checked)}
          />
        )}
      </div>
      <SampleViewer
        place={place}
        total={preview.num_samples ?? preview.images.length}
        number={open}
        onNumber={setOpen}
      />
    </>
  );
}
