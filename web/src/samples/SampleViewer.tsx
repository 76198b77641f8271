import { ActionIcon, Modal, Switch } from "@mantine/core";
import { IconChevronLeft, IconChevronRight } from "@tabler/icons-react";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { type KeyboardEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Answered } from "@/ui/Answered";
import { formatCount } from "@/ui/formatting";
import { AnnotatedPicture } from "./AnnotatedPicture";
import { SampleFacts } from "./SampleFacts";
import classes from "./SampleViewer.module.css";
import { type OutputPlace, type StoredSample, sampleQuery } from "./samples";

interface SampleViewerProps {
  place: OutputPlace;
  total: number;
  /** Which sample is shown; null while nothing is open. */
  number: number | null;
  onNumber(number: number | null): void;
}

const STEPS: Record<string, number> = { ArrowRight: 1, ArrowLeft: -1 };

/** A sample large, with what is known about it. Arrow keys leaf through, `a` shows and hides what is drawn. */
export function SampleViewer({ place, total, number, onNumber }: SampleViewerProps) {
  const { t } = useTranslation(["samples", "common"]);
  const [isPlain, setPlain] = useState(false);
  const go = (step: number) => {
    const next = (number ?? 0) + step;
    if (next >= 0 && next < total) {
      onNumber(next);
    }
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = STEPS[event.key];
    if (step !== undefined) {
      event.preventDefault();
      go(step);
    } else if (event.key === "a" && !event.ctrlKey && !event.metaKey) {
      setPlain((before) => !before);
    }
  };
  return (
    <Modal
      opened={number !== null}
      onClose={() => onNumber(null)}
      size="min(1200px, 94vw)"
      title={t("title", { number: formatCount((number ?? 0) + 1), total: formatCount(total) })}
      closeButtonProps={{ "aria-label": t("common:action.close") }}
      classNames={{ body: classes.body }}
      onKeyDown={onKeyDown}
    >
      {number !== null && (
        <Shown
          place={place}
          number={number}
          isPlain={isPlain}
          onPlain={setPlain}
          first={number === 0}
          last={number + 1 >= total}
          onStep={go}
        />
      )}
    </Modal>
  );
}

interface ShownProps {
  place: OutputPlace;
  number: number;
  isPlain: boolean;
  onPlain(isPlain: boolean): void;
  first: boolean;
  last: boolean;
  onStep(step: number): void;
}

function Shown({ place, number, isPlain, onPlain, first, last, onStep }: ShownProps) {
  const { t } = useTranslation("samples");
  const sample = useQuery({ ...sampleQuery(place, number), placeholderData: keepPreviousData });
  const [marked, setMarked] = useState<number | null>(null);
  const hasDrawing = sample.data !== undefined && isDrawn(sample.data);
  return (
    <>
      <div className={classes.stage}>
        {sample.data?.number === number && (
          <AnnotatedPicture
            key={number}
            place={place}
            sample={sample.data}
            isPlain={isPlain}
            marked={marked}
            onMarked={setMarked}
          />
        )}
        <Leafing first={first} last={last} onStep={onStep} />
      </div>
      <aside className={classes.details}>
        {hasDrawing && (
          <Switch
            label={t("annotations")}
            checked={!isPlain}
            onChange={(event) => onPlain(!event.currentTarget.checked)}
          />
        )}
        <Answered query={sample}>
          {(data) => <SampleFacts sample={data} marked={marked} onMarked={setMarked} />}
        </Answered>
      </aside>
    </>
  );
}

const isDrawn = ({ kind, is_annotated: isKnown }: StoredSample): boolean =>
  isKnown && kind !== "class" && kind !== "text";

interface LeafingProps {
  first: boolean;
  last: boolean;
  onStep(step: number): void;
}

function Leafing({ first, last, onStep }: LeafingProps) {
  const { t } = useTranslation("samples");
  return (
    <>
      <ActionIcon
        className={classes.previous}
        variant="default"
        size="lg"
        aria-label={t("previous")}
        disabled={first}
        onClick={() => onStep(-1)}
      >
        <IconChevronLeft size={18} />
      </ActionIcon>
      <ActionIcon
        className={classes.next}
        variant="default"
        size="lg"
        aria-label={t("next")}
        disabled={last}
        onClick={() => onStep(1)}
      >
        <IconChevronRight size={18} />
      </ActionIcon>
    </>
  );
}
