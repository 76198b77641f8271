import { DataSummaryView } from "@/samples/DataSummaryView";
import { SampleImages } from "@/samples/SampleImages";
import type { OutputPlace, Preview } from "@/samples/samples";
import { featureMapOf } from "@/tables/featureMap";
import { FeatureMapOutput, TableOutput } from "@/tables/outputs";
import { FEATURE_MAP_MEDIA, TABLE_MEDIA } from "@/tables/tableLook";
import { ValueTree } from "./ValueTree";

interface OutputContentsProps {
  preview: Preview;
  place: OutputPlace;
}

/** A small look into an output: pictures and counts of a data set, a table, a feature map, a value. */
export function OutputContents({ preview, place }: OutputContentsProps) {
  const isTable = preview.table !== null || preview.media_type === TABLE_MEDIA;
  const featureMap =
    preview.media_type === FEATURE_MAP_MEDIA ? featureMapOf(preview.summary) : null;
  return (
    <>
      {preview.images.length > 0 && <SampleImages preview={preview} place={place} />}
      {preview.kind === "dataset" && <DataSummaryView preview={preview} />}
      {isTable && <TableOutput place={place} />}
      {featureMap && <FeatureMapOutput map={featureMap} />}
      {preview.kind !== "dataset" && !isTable && !featureMap && (
        <ValueTree value={summaryOf(preview)} />
      )}
    </>
  );
}

/** A value itself where the summary is nothing but it. */
function summaryOf({ summary }: Preview): unknown {
  const { value, file: _file, media_type: _type, size_bytes: _size, ...rest } = summary;
  return value ?? rest;
}
