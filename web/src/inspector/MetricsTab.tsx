import { useQueries } from "@tanstack/react-query";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { api, dataOf } from "@/api/client";
import { keys } from "@/api/queries";
import { useEditor } from "@/editor/EditorContext";
import type { GraphNode } from "@/editor/types";
import { formatNumber } from "@/ui/formatting";
import { Loading } from "@/ui/Loading";
import classes from "./Inspector.module.css";
import { curveGroups } from "./metricGroups";
import { NotRun } from "./NotRun";

const CurveChart = lazy(() =>
  import("@/runs/CurveChart").then((module) => ({ default: module.CurveChart })),
);

const CURVE_HEIGHT = 120;
const POINTS = 300;
const LIVE_MS = 2_000;

/** Last values of a node's metrics, and how they went. */
export function MetricsTab({ node }: { node: GraphNode }) {
  const { t } = useTranslation("inspector");
  const run = useEditor((state) => state.run?.id);
  const nodeRun = useEditor((state) => state.run?.nodes[node.id]);
  if (run === undefined || nodeRun === undefined) {
    return <NotRun />;
  }
  const metrics = Object.entries(nodeRun.metrics);
  if (metrics.length === 0) {
    return <p className={classes.empty}>{t("metrics.nothing")}</p>;
  }
  return (
    <div className={classes.sections}>
      <table className={classes.metrics}>
        <caption className={classes.sectionHint}>{t("metrics.last")}</caption>
        <tbody>
          {metrics.map(([name, value]) => (
            <tr key={name}>
              <th scope="row" title={name}>
                {name}
              </th>
              <td>{formatNumber(value)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <Curves
        run={run}
        node={node.id}
        names={metrics.map(([name]) => name)}
        isLive={nodeRun.state === "running"}
      />
    </div>
  );
}

interface CurvesProps {
  run: string;
  node: string;
  names: readonly string[];
  isLive: boolean;
}

function Curves({ run, node, names, isLive }: CurvesProps) {
  const curves = useQueries({
    queries: names.map((name) => ({
      queryKey: [...keys.runs, run, "curve", node, name, POINTS],
      queryFn: () =>
        dataOf(
          api.GET("/api/v1/runs/{run}/metrics/curve", {
            params: { path: { run }, query: { node, name, max_points: POINTS } },
          }),
        ),
      refetchInterval: isLive ? LIVE_MS : (false as const),
    })),
  });
  const long = curves.flatMap(({ data }) => (data && data.steps.length > 1 ? [data] : []));
  return (
    <Suspense fallback={<Loading />}>
      {curveGroups(long).map(({ title, curves: together }) => (
        <figure key={title} className={classes.curve}>
          <figcaption className={classes.sectionHint}>{title}</figcaption>
          <CurveChart
            isBare
            title={title}
            height={CURVE_HEIGHT}
            series={together.map((curve) => ({ id: curve.name, label: curve.name, ...curve }))}
          />
        </figure>
      ))}
    </Suspense>
  );
}
