import type { TFunction } from "i18next";
import { useMemo } from "react";
import { Link } from "react-router";
import { useText } from "@/i18n/useText";
import type { Column } from "@/ui/DataTable";
import { formatAge, formatBytes, formatCount, formatTime } from "@/ui/formatting";
import classes from "./ModelsScreen.module.css";
import { formatMetric, isShare, mainMetric } from "./metrics";
import type { ModelSummary } from "./models";

type Texts = TFunction<"models">;

/** What the table of models tells of each. */
export function useModelColumns(): Column<ModelSummary>[] {
  const t = useText("models");
  return useMemo(() => [...purposeColumns(t), ...networkColumns(t), ...originColumns(t)], [t]);
}

const purposeColumns = (t: Texts): Column<ModelSummary>[] => [
  {
    id: "name",
    header: t("column.name"),
    width: 240,
    grows: true,
    isFixed: true,
    render: (model) => <Name model={model} />,
    sortValue: (model) => model.name,
  },
  {
    id: "metric",
    header: t("column.metric"),
    hint: t("column.metricHint"),
    width: 190,
    render: (model) => <Metric model={model} />,
    sortValue: (model) => mainMetric(model)?.value ?? null,
    firstOrder: "descending",
  },
  {
    id: "task",
    header: t("column.task"),
    width: 150,
    isOptional: true,
    render: (model) => t(`task.${model.task}`, { defaultValue: model.task }),
    sortValue: (model) => model.task,
  },
  {
    id: "classes",
    header: t("column.classes"),
    width: 220,
    grows: true,
    render: (model) => <Predicts model={model} />,
    sortValue: (model) => model.classes.length || model.targets.length,
    firstOrder: "descending",
  },
  {
    id: "columns",
    header: t("column.columns"),
    hint: t("column.columnsHint"),
    width: 92,
    align: "end",
    isOptional: true,
    render: (model) => (model.num_columns === null ? "–" : formatCount(model.num_columns)),
    sortValue: (model) => model.num_columns,
    firstOrder: "descending",
  },
];

const networkColumns = (t: Texts): Column<ModelSummary>[] => [
  {
    id: "architecture",
    header: t("column.architecture"),
    width: 120,
    render: (model) => model.architecture,
    sortValue: (model) => model.architecture,
  },
  {
    id: "parameters",
    header: t("column.parameters"),
    width: 100,
    align: "end",
    isOptional: true,
    render: (model) => (model.parameters === null ? "–" : formatCount(model.parameters)),
    sortValue: (model) => model.parameters,
    firstOrder: "descending",
  },
  {
    id: "size",
    header: t("column.size"),
    width: 84,
    align: "end",
    render: (model) => formatBytes(model.size_bytes),
    sortValue: (model) => model.size_bytes,
    firstOrder: "descending",
  },
];

const originColumns = (t: Texts): Column<ModelSummary>[] => [
  {
    id: "run",
    header: t("column.run"),
    width: 160,
    render: (model) => (
      <Link
        className={classes.link}
        to={`/runs/${model.run}`}
        title={model.run}
        onClick={(event) => event.stopPropagation()}
      >
        {model.pipeline}
      </Link>
    ),
    sortValue: (model) => model.pipeline,
  },
  {
    id: "owner",
    header: t("column.owner"),
    width: 96,
    render: (model) => model.owner ?? "–",
    sortValue: (model) => model.owner,
  },
  {
    id: "created",
    header: t("column.created"),
    width: 130,
    render: (model) => <span title={formatTime(model.created)}>{formatAge(model.created)}</span>,
    sortValue: (model) => model.created,
    firstOrder: "descending",
  },
];

function Name({ model }: { model: ModelSummary }) {
  const t = useText("models");
  return (
    <span className={classes.model}>
      <Link
        to={`/models/${model.id}`}
        className={classes.name}
        title={model.description || model.name}
      >
        {model.name}
      </Link>
      {model.version !== null && (
        <span className={classes.chip}>{t("version", { number: model.version })}</span>
      )}
    </span>
  );
}

function Metric({ model }: { model: ModelSummary }) {
  const t = useText("models");
  const metric = mainMetric(model);
  if (metric === null) {
    return <span className={classes.secondary}>{t("notMeasured")}</span>;
  }
  const said = t(`metric.${metric.name}`);
  const part = t(metric.isMeasured ? "onTest" : "onValid");
  return (
    <span className={classes.metric} title={`${said} (${metric.key})`}>
      {isShare(metric) && (
        <span className={classes.meter} aria-hidden>
          <span style={{ width: `${100 * metric.value}%` }} />
        </span>
      )}
      <span>{formatMetric(metric)}</span>
      <span className={classes.secondary}>
        {metric.name === "accuracy" ? part : `${said} · ${part}`}
      </span>
    </span>
  );
}

const NAMED = 4;

/** The classes it tells apart, or the columns it predicts. */
function Predicts({ model: { classes: labels, targets } }: { model: ModelSummary }) {
  const columns = targets.map(({ column }) => column);
  return targets.length > 0 ? (
    <span title={columns.join(", ")}>{columns.join(", ")}</span>
  ) : (
    <Classes names={labels} />
  );
}

function Classes({ names }: { names: readonly string[] }) {
  const shown = names.slice(0, NAMED).join(", ") + (names.length > NAMED ? " …" : "");
  return (
    <span title={names.slice(0, 40).join(", ")}>
      {formatCount(names.length)} <span className={classes.secondary}>{shown}</span>
    </span>
  );
}
