/**
 * What tables show beside other things, loaded when there is a table: code and texts of their own, and until they
 * are there the rest of the screen stays.
 */
import { type ComponentProps, lazy, Suspense } from "react";
import { Loading } from "@/ui/Loading";

const Table = lazy(() =>
  import("./TableOutput").then(({ TableOutput }) => ({ default: TableOutput })),
);
const FeatureMap = lazy(() =>
  import("./FeatureMapOutput").then(({ FeatureMapOutput }) => ({ default: FeatureMapOutput })),
);

/** A look into a table that a node made. */
export function TableOutput(props: ComponentProps<typeof Table>) {
  return (
    <Suspense fallback={<Loading />}>
      <Table {...props} />
    </Suspense>
  );
}

/** A feature map: which columns become which numbers and ids. */
export function FeatureMapOutput(props: ComponentProps<typeof FeatureMap>) {
  return (
    <Suspense fallback={<Loading />}>
      <FeatureMap {...props} />
    </Suspense>
  );
}
