import { lazy, Suspense } from "react";
import { Loading } from "@/ui/Loading";

const TextEditor = lazy(() =>
  import("./TextEditor").then((module) => ({ default: module.TextEditor })),
);

/** The pipeline as its file, to be edited beside the canvas. */
export function TextPanel() {
  return (
    <Suspense fallback={<Loading />}>
      <TextEditor />
    </Suspense>
  );
}
