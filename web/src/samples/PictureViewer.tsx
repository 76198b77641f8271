import { ActionIcon, Group, Modal } from "@mantine/core";
import {
  IconChevronLeft,
  IconChevronRight,
  IconZoomIn,
  IconZoomOut,
  IconZoomReset,
} from "@tabler/icons-react";
import { type KeyboardEvent, type ReactNode, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { formatCount } from "@/ui/formatting";
import classes from "./PictureViewer.module.css";
import { larger, smaller, type Zoom, zoomOfKey } from "./zoom";

interface PictureViewerProps {
  /** Position of the picture among all; null while nothing is open. */
  index: number | null;
  total: number;
  onIndex(index: number | null): void;
  /** The picture in the size that is asked for. */
  picture(zoom: Zoom): ReactNode;
  /** What is known about it. */
  details: ReactNode;
  /** Other keys than those that leaf through and zoom. */
  onKey?(key: string): void;
}

const STEPS: Readonly<Record<string, number>> = { ArrowRight: 1, ArrowLeft: -1 };

/** A picture large, with what is known of it beside. Arrow keys leaf through, `+`, `-` and `0` zoom. */
export function PictureViewer(props: PictureViewerProps) {
  const { t } = useTranslation(["samples", "common"]);
  const { index, total, onIndex, picture, details } = props;
  const [zoom, setZoom] = useState<Zoom>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: each picture begins as a whole
  useEffect(() => setZoom(null), [index]);
  const go = (step: number) => {
    const next = (index ?? 0) + step;
    if (next >= 0 && next < total) {
      onIndex(next);
    }
  };
  const onKeyDown = useKeys({ go, zoom, setZoom, onKey: props.onKey });
  const place = { number: formatCount((index ?? 0) + 1), total: formatCount(total) };
  return (
    // Stays while it is closed: it gives the focus back to the tile it was opened from.
    <Modal
      opened={index !== null}
      onClose={() => onIndex(null)}
      size="min(1200px, 94vw)"
      title={t("title", place)}
      closeButtonProps={{ "aria-label": t("common:action.close") }}
      classNames={{ body: classes.body }}
      onKeyDown={onKeyDown}
    >
      {index !== null && (
        <>
          <div className={classes.stage}>
            <div className={classes.canvas}>{picture(zoom)}</div>
            <Tools zoom={zoom} onZoom={setZoom} />
            <Leafing first={index === 0} last={index + 1 >= total} onStep={go} />
          </div>
          <aside className={classes.details}>{details}</aside>
        </>
      )}
    </Modal>
  );
}

interface Keys {
  go(step: number): void;
  zoom: Zoom;
  setZoom(zoom: Zoom): void;
  onKey: ((key: string) => void) | undefined;
}

function useKeys({ go, zoom, setZoom, onKey }: Keys) {
  return (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    const step = STEPS[event.key];
    const next = zoomOfKey(event.key, zoom);
    if (step !== undefined) {
      event.preventDefault();
      go(step);
    } else if (next !== undefined) {
      event.preventDefault();
      setZoom(next);
    } else {
      onKey?.(event.key);
    }
  };
}

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

function Tools({ zoom, onZoom }: { zoom: Zoom; onZoom(zoom: Zoom): void }) {
  const { t } = useTranslation("samples");
  return (
    <Group gap={4} className={classes.tools}>
      <ActionIcon
        variant="default"
        aria-label={t("zoom.smaller")}
        onClick={() => onZoom(smaller(zoom))}
      >
        <IconZoomOut size={16} />
      </ActionIcon>
      <span className={classes.zoom}>
        {zoom === null ? t("zoom.fits") : `${Math.round(zoom * 100)} %`}
      </span>
      <ActionIcon
        variant="default"
        aria-label={t("zoom.larger")}
        onClick={() => onZoom(larger(zoom))}
      >
        <IconZoomIn size={16} />
      </ActionIcon>
      <ActionIcon variant="default" aria-label={t("zoom.fit")} onClick={() => onZoom(null)}>
        <IconZoomReset size={16} />
      </ActionIcon>
    </Group>
  );
}
