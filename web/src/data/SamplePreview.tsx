import { useTranslation } from "react-i18next";
import { PictureViewer } from "@/samples/PictureViewer";
import type { Zoom } from "@/samples/zoom";
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

/** A picture inside a file, large, with what a survey found about it. */
export function SamplePreview(props: SamplePreviewProps) {
  const { dataset, findings, sample, index, total, onIndex } = props;
  return (
    <PictureViewer
      index={index}
      total={total}
      onIndex={onIndex}
      picture={(zoom) =>
        sample === undefined ? (
          <Loading />
        ) : (
          <Picture key={sample.number} dataset={dataset} sample={sample} zoom={zoom} />
        )
      }
      details={
        sample !== undefined && (
          <SampleDetails dataset={dataset} sample={sample} findings={findings} />
        )
      }
    />
  );
}

interface PictureProps {
  dataset: string;
  sample: Sample;
  zoom: Zoom;
}

function Picture({ dataset, sample, zoom }: PictureProps) {
  const { number, width, height, label, path } = sample;
  return (
    <img
      className={classes.picture}
      src={sampleUrl(dataset, number)}
      alt={label ?? path}
      data-fits={zoom === null || undefined}
      data-tiny={Math.max(width, height) <= 96 || (zoom ?? 1) > 3 || undefined}
      style={zoom === null ? undefined : { width: width * zoom, height: height * zoom }}
    />
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
    <>
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
          <h3 className={classes.heading}>{t("sample.same")}</h3>
          <div className={classes.same}>
            {[...same].slice(0, 12).map((number) => (
              <Thumbnail key={number} src={sampleUrl(dataset, number, 160)} side={64} />
            ))}
          </div>
        </>
      )}
    </>
  );
}
