import { Switch } from "@mantine/core";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Answered } from "@/ui/Answered";
import { AnnotatedPicture } from "./AnnotatedPicture";
import { PictureViewer } from "./PictureViewer";
import { SampleFacts } from "./SampleFacts";
import { type OutputPlace, type StoredSample, sampleQuery } from "./samples";

interface SampleViewerProps {
  place: OutputPlace;
  total: number;
  /** Which sample is shown; null while nothing is open. */
  number: number | null;
  onNumber(number: number | null): void;
}

/** A sample large, with what is known about it drawn in and listed. `a` shows and hides what is drawn. */
export function SampleViewer({ place, total, number, onNumber }: SampleViewerProps) {
  const { t } = useTranslation("samples");
  const [isPlain, setPlain] = useState(false);
  const [marked, setMarked] = useState<number | null>(null);
  const sample = useQuery({
    ...sampleQuery(place, number ?? 0),
    placeholderData: keepPreviousData,
    enabled: number !== null,
  });
  const shown = sample.data?.number === number ? sample.data : undefined;
  return (
    <PictureViewer
      index={number}
      total={total}
      onIndex={(next) => {
        setMarked(null);
        onNumber(next);
      }}
      onKey={(key) => key === "a" && setPlain((before) => !before)}
      picture={(zoom) =>
        shown && (
          <AnnotatedPicture
            key={shown.number}
            place={place}
            sample={shown}
            zoom={zoom}
            isPlain={isPlain}
            marked={marked}
            onMarked={setMarked}
          />
        )
      }
      details={
        <>
          {sample.data !== undefined && isDrawn(sample.data) && (
            <Switch
              label={t("annotations")}
              checked={!isPlain}
              onChange={(event) => setPlain(!event.currentTarget.checked)}
            />
          )}
          <Answered query={sample}>
            {(data) => <SampleFacts sample={data} marked={marked} onMarked={setMarked} />}
          </Answered>
        </>
      }
    />
  );
}

const isDrawn = ({ kind, is_annotated: isKnown }: StoredSample): boolean =>
  isKnown && kind !== "class" && kind !== "text";
