import { ActionIcon, Group, Modal } from "@mantine/core";
import {
  IconChevronLeft,
  IconChevronRight,
  IconZoomIn,
  IconZoomOut,
  IconZoomReset,
} from "@tabler/icons-react";
import { type KeyboardEvent, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { formatBytes, formatCount } from "@/ui/formatting";
import { Loading } from "@/ui/Loading";
import { type Findings, type Sample, sampleUrl } from "./datasets";
import classes from "./SamplePreview.module.css";
import { Thumbnail } from "./Thumbnail";

interface SamplePreviewProps {
  dataset: string;
  findings: Findings;
  /** Undefined while it is on its way. */
  sample: Sample | undefined;
  /** Position among those that match; null while nothing is open. */
  index: number | null;
  total: number;
  onIndex(index: number | null): void;
}

const STEPS: Record<string, number> = { ArrowRight: 1, ArrowLeft: -1 };
/** 0 means that the picture fits into the window. */
const ZOOMS: Record<string, number> = { "+": 1.5, "=": 1.5, "-": 1 / 1.5, "0": 0 };

const zoomed = (zoom: number | null, factor: number): number =>
  Math.min(64, Math.max(0.1, (zoom ?? 1) * factor));

/** A picture large, with what is known of it. Arrow keys leaf through, `+`, `-` and `0` zoom. */
export function SamplePreview(props: SamplePreviewProps) {
  const { t } = useTranslation(["data", "common"]);
  const { index, total, onIndex } = props;
  const [zoom, setZoom] = useState<number | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: each picture begins as a whole
  useEffect(() => setZoom(null), [index]);
  const go = (step: number) => {
    const next = (index ?? 0) + step;
    if (next >= 0 && next < total) {
      onIndex(next);
    }
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = STEPS[event.key];
    const factor = ZOOMS[event.key];
    if (step === undefined && factor === undefined) {
      return;
    }
    event.preventDefault();
    if (step !== undefined) {
      go(step);
    } else {
      setZoom((before) => (factor ? zoomed(before, factor) : null));
    }
  };
  const place = { number: formatCount((index ?? 0) + 1), total: formatCount(total) };
  return (
    // Stays while it is closed: it gives the focus back to the tile it was opened from.
    <Modal
      opened={index !== null}
      onClose={() => onIndex(null)}
      size="min(1200px, 94vw)"
      title={t("preview.title", place)}
      closeButtonProps={{ "aria-label": t("common:action.close") }}
      classNames={{ body: classes.body }}
      onKeyDown={onKeyDown}
    >
      {index !== null && (
        <Shown {...props} index={index} zoom={zoom} onZoom={setZoom} onStep={go} />
      )}
    </Modal>
  );
}

interface ShownProps extends SamplePreviewProps {
  index: number;
  zoom: number | null;
  onZoom(change: null | ((before: number | null) => number)): void;
  onStep(step: number): void;
}

function Shown({ dataset, findings, sample, index, total, zoom, onZoom, onStep }: ShownProps) {
  return (
    <>
      <div className={classes.stage}>
        {sample === undefined ? (
          <Loading />
        ) : (
          <Picture key={sample.number} dataset={dataset} sample={sample} zoom={zoom} />
        )}
        <Tools
          zoom={zoom}
          onMagnify={(factor) => onZoom((before) => zoomed(before, factor))}
          onReset={() => onZoom(null)}
        />
        <Leafing index={index} total={total} onStep={onStep} />
      </div>
      {sample !== undefined && (
        <SampleDetails dataset={dataset} sample={sample} findings={findings} />
      )}
    </>
  );
}

interface LeafingProps {
  index: number;
  total: number;
  onStep(step: number): void;
}

function Leafing({ index, total, onStep }: LeafingProps) {
  const { t } = useTranslation("data");
  return (
    <>
      <ActionIcon
        className={classes.previous}
        variant="default"
        size="lg"
        aria-label={t("preview.previous")}
        disabled={index === 0}
        onClick={() => onStep(-1)}
      >
        <IconChevronLeft size={18} />
      </ActionIcon>
      <ActionIcon
        className={classes.next}
        variant="default"
        size="lg"
        aria-label={t("preview.next")}
        disabled={index + 1 >= total}
        onClick={() => onStep(1)}
      >
        <IconChevronRight size={18} />
      </ActionIcon>
    </>
  );
}

function Picture({
  dataset,
  sample,
  zoom,
}: {
  dataset: string;
  sample: Sample;
  zoom: number | null;
}) {
  const { number, width, height, label, path } = sample;
  const style = zoom === null ? undefined : { width: width * zoom, height: height * zoom };
  return (
    <div className={classes.canvas}>
      <img
        src={sampleUrl(dataset, number)}
        alt={label ?? path}
        data-fits={zoom === null || undefined}
        data-tiny={Math.max(width, height) <= 96 || (zoom ?? 1) > 3 || undefined}
        style={style}
      />
    </div>
  );
}

interface ToolsProps {
  zoom: number | null;
  onMagnify(factor: number): void;
  onReset(): void;
}

function Tools({ zoom, onMagnify, onReset }: ToolsProps) {
  const { t } = useTranslation("data");
  return (
    <Group gap={4} className={classes.tools}>
      <ActionIcon
        variant="default"
        aria-label={t("preview.smaller")}
        onClick={() => onMagnify(1 / 1.5)}
      >
        <IconZoomOut size={16} />
      </ActionIcon>
      <span className={classes.zoom}>
        {zoom === null ? t("preview.fits") : `${Math.round(zoom * 100)} %`}
      </span>
      <ActionIcon variant="default" aria-label={t("preview.larger")} onClick={() => onMagnify(1.5)}>
        <IconZoomIn size={16} />
      </ActionIcon>
      <ActionIcon variant="default" aria-label={t("preview.fit")} onClick={onReset}>
        <IconZoomReset size={16} />
      </ActionIcon>
    </Group>
  );
}

interface SampleDetailsProps {
  dataset: string;
  sample: Sample;
  findings: Findings;
}

function SampleDetails({ dataset, sample, findings }: SampleDetailsProps) {
  const { t } = useTranslation("data");
  const groups = [...findings.duplicates.groups, ...findings.near_duplicates.groups];
  const same = new Set(groups.filter((group) => group.includes(sample.number)).flat());
  same.delete(sample.number);
  const rows: [string, string | null][] = [
    ["label", sample.label],
    ["part", sample.part],
    ["size", `${sample.width} × ${sample.height}`],
    ["bytes", formatBytes(sample.size_bytes)],
    ["number", formatCount(sample.number)],
    ["path", sample.path],
  ];
  return (
    <aside className={classes.details}>
      <dl>
        {rows.map(([name, value]) =>
          value === null ? null : (
            <div key={name}>
              <dt>{t(`sample.${name}`)}</dt>
              <dd>{value}</dd>
            </div>
          ),
        )}
      </dl>
      {same.size > 0 && (
        <>
          <h3>{t("sample.same")}</h3>
          <div className={classes.same}>
            {[...same].slice(0, 12).map((number) => (
              <Thumbnail key={number} src={sampleUrl(dataset, number, 160)} side={64} />
            ))}
          </div>
        </>
      )}
    </aside>
  );
}
