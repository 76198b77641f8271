import { lazy, Suspense } from "react";
import { useEditor } from "@/editor/EditorContext";
import type { GraphNode } from "@/editor/types";
import { Loading } from "@/ui/Loading";
import classes from "./Inspector.module.css";
import { NotRun } from "./NotRun";

const LogViewer = lazy(() =>
  import("@/runs/LogViewer").then((module) => ({ default: module.LogViewer })),
);

/** What a node wrote in the run that is watched. */
export function LogsTab({ node }: { node: GraphNode }) {
  const run = useEditor((state) => state.run?.id);
  const attempt = useEditor((state) => state.run?.nodes[node.id]?.attempt);
  return run === undefined || attempt === undefined ? (
    <NotRun />
  ) : (
    <div className={classes.logs}>
      <Suspense fallback={<Loading />}>
        <LogViewer runId={run} node={node.id} attempt={attempt} />
      </Suspense>
    </div>
  );
}
