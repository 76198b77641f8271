import { TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import type { TFunction } from "i18next";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { CopyableId } from "@/ui/DataTable";
import { Explained } from "@/ui/Explained";
import { formatBytes, formatCount, formatNumber, formatTime } from "@/ui/formatting";
import { Pairs, Panel } from "./DetailsPanel";
import classes from "./DetailsTab.module.css";
import { FeatureMapLink } from "./FeatureMapLink";
import { flatSettings, formatMetric, isEvaluated, mainMetrics } from "./metrics";
import { inputKind, kindOfInput, type Model, takesRows, takesVideos } from "./models";
import { TableInputs, TableTargets } from "./TableDetails";

/** How good a model is, what it tells apart, what it is, and how it was trained. */
export function DetailsTab({ model }: { model: Model }) {
  return (
    <>
      {model.description && <p className={classes.description}>{model.description}</p>}
      <div className={classes.columns}>
        <div className={classes.column}>
          <Metrics model={model} />
          {takesRows(model) && <TableTargets targets={model.targets} />}
          {model.classes.length > 0 && !takesRows(model) && (
            <Labels labels={model.classes} context={kindOfInput(takesVideos(model))} />
          )}
          {takesRows(model) && <TableInputs inputs={model.inputs} count={model.num_columns ?? 0} />}
        </div>
        <div className={classes.column}>
          <Facts model={model} />
          <Training model={model} />
        </div>
      </div>
    </>
  );
}

function Metrics({ model }: { model: Model }) {
  const { t } = useTranslation("models");
  const context = takesRows(model) ? "rows" : kindOfInput(takesVideos(model));
  const main = mainMetrics(model);
  const isMeasured = main.length > 0 || isEvaluated(model.metrics, model.node);
  const shown = new Set(main.map((metric) => metric.key));
  const others = Object.entries(model.metrics).filter(([key]) => !shown.has(key));
  return (
    <Panel title={t("details.metrics")}>
      {!isMeasured && <p className={classes.note}>{t("details.noMetrics")}</p>}
      <dl className={classes.main}>
        {main.map((metric) => (
          <div key={metric.key}>
            <dt>
              {metric.target !== null && <span className={classes.of}>{metric.target}</span>}
              {t(`metric.${metric.name}`)}
              <Explained term={t(`metric.${metric.name}`)}>
                {t(`metricExplained.${metric.name}`, { context })}
              </Explained>
            </dt>
            <dd className={classes.value}>{formatMetric(metric)}</dd>
            <dd className={classes.note}>{t(metric.isMeasured ? "onTestLong" : "onValidLong")}</dd>
          </div>
        ))}
      </dl>
      {others.length > 0 && (
        <details className={classes.more}>
          <summary>{t("details.allMetrics", { count: others.length })}</summary>
          <Pairs pairs={others.map(([key, value]) => [key, formatNumber(value)])} />
        </details>
      )}
    </Panel>
  );
}

const SHOWN_LABELS = 200;

interface LabelsProps {
  labels: readonly string[];
  /** What the texts speak of. */
  context: "video" | undefined;
}

function Labels({ labels, context }: LabelsProps) {
  const { t } = useTranslation("models");
  const [text, setText] = useState("");
  const wanted = text.trim().toLocaleLowerCase();
  const found = labels.filter((label) => label.toLocaleLowerCase().includes(wanted));
  return (
    <Panel
      title={
        <>
          {t("details.labels", { count: labels.length })}
          <Explained term={t("details.labelsTerm")}>
            {t("details.labelsExplained", { context })}
          </Explained>
        </>
      }
    >
      {labels.length > 12 && (
        <TextInput
          w={240}
          leftSection={<IconSearch size={14} aria-hidden />}
          placeholder={t("details.searchLabels")}
          aria-label={t("details.searchLabels")}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
      )}
      <ul className={classes.labels}>
        {found.slice(0, SHOWN_LABELS).map((label) => (
          <li key={label}>{label}</li>
        ))}
      </ul>
      {found.length === 0 && <p className={classes.note}>{t("details.noLabel")}</p>}
      {found.length > SHOWN_LABELS && (
        <p className={classes.note}>
          {t("details.moreLabels", { count: found.length - SHOWN_LABELS })}
        </p>
      )}
    </Panel>
  );
}

function Facts({ model }: { model: Model }) {
  const { t } = useTranslation("models");
  const { parameters, registered } = model;
  const pairs: [string, ReactNode][] = [
    [t("fact.architecture"), model.architecture],
    ...(takesRows(model) ? tableFacts(model, t) : pictureFacts(model, t)),
    [t("fact.parameters"), parameters === null ? "–" : formatCount(parameters)],
    [t("fact.size"), formatBytes(model.size_bytes)],
    [t("fact.created"), formatTime(model.created)],
    ...(registered === null
      ? []
      : [[t("fact.registered"), formatTime(registered)] as [string, string]]),
    [t("fact.artifact"), <CopyableId key="id" id={model.artifact} />],
  ];
  const context = takesRows(model) ? "rows" : inputKind(model);
  return (
    <Panel title={t("details.facts")}>
      <Pairs pairs={pairs} />
      <p className={classes.note}>{t("details.inputNote", { context })}</p>
    </Panel>
  );
}

type Fact = [string, ReactNode];

function pictureFacts({ input, ...model }: Model, t: TFunction<"models">): Fact[] {
  if (input === null) {
    return [];
  }
  const { width, height, channels } = input;
  const colours = t(channels === 1 ? "fact.grey" : "fact.colour");
  return [
    [
      t("fact.input", { context: inputKind(model) }),
      t("fact.inputValue", { width, height, colours }),
    ],
  ];
}

function tableFacts(model: Model, t: TFunction<"models">): Fact[] {
  const { num_columns: columns, date } = model;
  return [
    [t("fact.columns"), columns === null ? "–" : formatCount(columns)],
    [t("fact.date"), date || "–"],
    [t("fact.featureMap"), <FeatureMapLink key="map" model={model} />],
  ];
}

function Training({ model }: { model: Model }) {
  const { t } = useTranslation("models");
  const settings = flatSettings(model.settings);
  return (
    <Panel title={t("details.training", { operator: model.operator })}>
      {settings.length === 0 ? (
        <p className={classes.note}>{t("details.noSettings")}</p>
      ) : (
        <Pairs pairs={settings.map(({ name, value }) => [name, <code key={name}>{value}</code>])} />
      )}
    </Panel>
  );
}
