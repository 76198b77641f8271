import { useQuery } from "@tanstack/react-query";
import { Answered } from "@/ui/Answered";
import { DataSummaryView } from "./DataSummaryView";
import { SampleImages } from "./SampleImages";
import { type OutputPlace, previewQuery } from "./samples";

/** A look into a data set that a node of a run made. */
export function DatasetOutput({ place }: { place: OutputPlace }) {
  const preview = useQuery(previewQuery(place));
  return (
    <Answered query={preview}>
      {(data) => (
        <>
          {data.images.length > 0 && <SampleImages preview={data} place={place} />}
          <DataSummaryView preview={data} />
        </>
      )}
    </Answered>
  );
}
