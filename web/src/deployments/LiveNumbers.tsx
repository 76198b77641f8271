import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { CurveChart } from "@/runs/CurveChart";
import { formatBytes, formatCount, formatNumber, formatPercent } from "@/ui/formatting";
import { ProblemNotice } from "@/ui/ProblemNotice";
import { milliseconds } from "./deploymentColumns";
import { type Deployment, type NumbersHistory, numbersQuery } from "./deployments";
import classes from "./LiveNumbers.module.css";
import { errorShare, perMinute, rateCurves, timeCurves } from "./liveCurves";

const ON_THE_CLOCK = { axis: "wall", isLog: false, smoothing: 0 } as const;

/** How a deployment does now and did in the last quarter of an hour. */
export function LiveNumbers({ deployment }: { deployment: Deployment }) {
  const { t } = useTranslation("deployments");
  const isRunning = deployment.state === "running";
  const query = useQuery(numbersQuery(deployment.id, isRunning));
  const history = query.data;
  if (history === undefined) {
    return query.isError ? <ProblemNotice problem={query.error} /> : null;
  }
  if (!isRunning && history.times.length === 0) {
    return null;
  }
  return (
    <section aria-label={t("numbers.title")}>
      <h2>{t("numbers.title")}</h2>
      {isRunning && <Tiles latest={history.latest} />}
      <Charts history={history} />
    </section>
  );
}

function Tiles({ latest }: { latest: NumbersHistory["latest"] }) {
  const { t } = useTranslation("deployments");
  const share = latest && errorShare(latest);
  const tiles = [
    { id: "rate", value: latest && formatNumber(perMinute(latest.requests_per_s)) },
    { id: "p50", value: latest && milliseconds(latest.p50_ms) },
    { id: "p99", value: latest && milliseconds(latest.p99_ms) },
    { id: "requests", value: latest && formatCount(latest.requests) },
    {
      id: "errors",
      value: latest && formatCount(latest.errors),
      more: share === null ? "" : formatPercent(share),
      isBad: (latest?.errors ?? 0) > 0,
    },
    { id: "inFlight", value: latest && formatCount(latest.in_flight) },
    {
      id: "memory",
      value: latest && (latest.memory_bytes === null ? null : formatBytes(latest.memory_bytes)),
    },
  ];
  return (
    <dl className={classes.tiles}>
      {tiles.map(({ id, value, more, isBad }) => (
        <div key={id} title={t(`numbers.${id}Explained`)}>
          <dt>{t(`numbers.${id}`)}</dt>
          <dd data-bad={isBad || undefined}>
            {value ?? "–"}
            {isBad && more && <small>{more}</small>}
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Charts({ history }: { history: NumbersHistory }) {
  const { t } = useTranslation("deployments");
  const [rates, times] = useMemo(() => {
    const labels = {
      requests: t("numbers.rate"),
      errors: t("numbers.errorRate"),
      p50: t("numbers.p50"),
      p99: t("numbers.p99"),
    };
    return [rateCurves(history, labels), timeCurves(history, labels)] as const;
  }, [history, t]);
  if (history.times.length < 2) {
    return <p className={classes.hint}>{t("numbers.soon")}</p>;
  }
  return (
    <div className={classes.charts}>
      <CurveChart
        title={t("numbers.rateTitle")}
        series={rates}
        options={ON_THE_CLOCK}
        height={150}
      />
      <CurveChart
        title={t("numbers.timeTitle")}
        series={times}
        options={ON_THE_CLOCK}
        height={150}
      />
    </div>
  );
}
