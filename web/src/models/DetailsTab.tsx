import { TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { CopyableId } from "@/ui/DataTable";
import { Explained } from "@/ui/Explained";
import { formatBytes, formatCount, formatNumber, formatTime } from "@/ui/formatting";
import classes from "./DetailsTab.module.css";
import { flatSettings, formatMetric, isEvaluated, mainMetrics } from "./metrics";
import { inputKind, kindOfInput, type Model, takesVideos } from "./models";

/** How good a model is, what it tells apart, what it is, and how it was trained. */
export function DetailsTab({ model }: { model: Model }) {
  return (
    <>
      {model.description && <p className={classes.description}>{model.description}</p>}
      <div className={classes.columns}>
        <div className={classes.column}>
          <Metrics model={model} />
          {model.classes.length > 0 && (
            <Labels labels={model.classes} context={kindOfInput(takesVideos(model))} />
          )}
        </div>
        <div className={classes.column}>
          <Facts model={model} />
          <Training model={model} />
        </div>
      </div>
    </>
  );
}

function Panel({ title, children }: { title: ReactNode; children: ReactNode }) {
  return (
    <section className={classes.panel}>
      <h2>{title}</h2>
      {children}
    </section>
  );
}

function Metrics({ model }: { model: Model }) {
  const { t } = useTranslation("models");
  const context = kindOfInput(takesVideos(model));
  const main = mainMetrics(model.metrics, model.node);
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
  const { input, parameters, registered } = model;
  const context = inputKind(model);
  const pairs: [string, ReactNode][] = [
    [t("fact.architecture"), model.architecture],
    [
      t("fact.input", { context }),
      t("fact.inputValue", {
        width: input.width,
        height: input.height,
        colours: t(input.channels === 1 ? "fact.grey" : "fact.colour"),
      }),
    ],
    [t("fact.parameters"), parameters === null ? "–" : formatCount(parameters)],
    [t("fact.size"), formatBytes(model.size_bytes)],
    [t("fact.created"), formatTime(model.created)],
    ...(registered === null
      ? []
      : [[t("fact.registered"), formatTime(registered)] as [string, string]]),
    [t("fact.artifact"), <CopyableId key="id" id={model.artifact} />],
  ];
  return (
    <Panel title={t("details.facts")}>
      <Pairs pairs={pairs} />
      <p className={classes.note}>{t("details.inputNote", { context })}</p>
    </Panel>
  );
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

function Pairs({ pairs }: { pairs: readonly (readonly [string, ReactNode])[] }) {
  return (
    <dl className={classes.pairs}>
      {pairs.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
