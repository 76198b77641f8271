import { Button, Group, SegmentedControl } from "@mantine/core";
import { IconAlertTriangle, IconCircleCheck, IconCircleX, IconTags } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { Explained } from "@/ui/Explained";
import { formatBytes, formatCount, formatDuration } from "@/ui/formatting";
import { Bars } from "./Bars";
import { type ClassOrder, classBars } from "./charts";
import { contentKind, type DatasetDetails, type Findings, isLooking } from "./datasets";
import { FEW_IMAGES, type Hint, hintsOf } from "./hints";
import classes from "./OverviewTab.module.css";
import { SizeChart } from "./SizeChart";
import { SkippedList } from "./SkippedList";
import { SurveyNotice } from "./SurveyNotice";

/** What is in a data set and whether it is in order. */
export function OverviewTab({ dataset }: { dataset: DatasetDetails }) {
  const { findings, state } = dataset.survey;
  if (findings === null) {
    return <SurveyNotice dataset={dataset} />;
  }
  return (
    <>
      {isLooking(state) && <SurveyNotice dataset={dataset} />}
      {dataset.description && <p className={classes.description}>{dataset.description}</p>}
      <Numbers findings={findings} />
      {findings.annotations && <Annotations found={findings.annotations} />}
      <div className={classes.columns}>
        <div className={classes.column}>
          <ClassChart findings={findings} />
          <Sizes findings={findings} />
        </div>
        <div className={classes.column}>
          <Hints findings={findings} />
          <SkippedList skipped={findings.skipped} />
        </div>
      </div>
    </>
  );
}

function Annotations({ found }: { found: NonNullable<Findings["annotations"]> }) {
  const { t } = useTranslation("data");
  return (
    <p className={classes.annotations} role="note">
      <IconTags size={18} stroke={1.6} aria-hidden />
      <span>
        <strong>{t(`form.${found.form}`)}</strong> <span>{found.reason}</span>
        {" · "}
        {t("annotations.source")} <code>{found.operator}</code>
      </span>
    </p>
  );
}

function Numbers({ findings }: { findings: Findings }) {
  const { t } = useTranslation("data");
  const size = findings.usual_sizes[0];
  const { videos } = findings;
  const numbers: [string, string][] = [
    [videos ? "videos" : "images", formatCount(findings.num_images)],
    ...(videos
      ? ([
          ["total", formatDuration(videos.total_s)],
          ["length", formatDuration(videos.median_s)],
          ["longest", formatDuration(videos.longest_s)],
        ] satisfies [string, string][])
      : []),
    ...(findings.annotations && !videos
      ? []
      : [["classes", formatCount(findings.classes.length)] satisfies [string, string]]),
    ...Object.entries(findings.parts).map(([part, count]): [string, string] => [
      part,
      formatCount(count),
    ]),
    ["size", size === undefined ? "–" : `${size.width} × ${size.height}`],
    ...(videos ? [] : [["bytes", formatBytes(findings.image_bytes)] satisfies [string, string]]),
  ];
  return (
    <dl className={classes.numbers}>
      {numbers.map(([name, value]) => (
        <div key={name}>
          <dt>{t(`number.${name}`)}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

const FEW_CLASSES_SHOWN = 24;

function ClassChart({ findings }: { findings: Findings }) {
  const { t } = useTranslation("data");
  const navigate = useNavigate();
  const [order, setOrder] = useState<ClassOrder>("count");
  const [isWhole, showWhole] = useState(false);
  const context = contentKind(findings.videos);
  const bars = classBars(findings, order, FEW_IMAGES);
  if (bars.length === 0) {
    return null;
  }
  const shown = isWhole ? bars : bars.slice(0, FEW_CLASSES_SHOWN);
  return (
    <section className={classes.panel} aria-labelledby="classes">
      <Group justify="space-between">
        <h2 id="classes">
          {t("balance.title", { context })}
          <Explained term={t("balance.title", { context })}>
            {t("balance.explained", { context })}
          </Explained>
        </h2>
        <SegmentedControl
          aria-label={t("balance.order")}
          value={order}
          onChange={(value) => setOrder(value as ClassOrder)}
          data={[
            { value: "count", label: t("balance.byCount") },
            { value: "name", label: t("balance.byName") },
          ]}
        />
      </Group>
      <Bars
        label={t("balance.title", { context })}
        bars={shown}
        onChoose={({ id }) =>
          navigate({ search: `?${new URLSearchParams({ tab: "gallery", label: id })}` })
        }
      />
      <PartLegend parts={Object.keys(bars[0]?.parts ?? {})} />
      {bars.length > shown.length && (
        <Button variant="subtle" onClick={() => showWhole(true)}>
          {t("balance.all", { count: bars.length })}
        </Button>
      )}
    </section>
  );
}

/** Which shade of a bar is which part. */
function PartLegend({ parts }: { parts: readonly string[] }) {
  const { t } = useTranslation("data");
  return parts.length < 2 ? null : (
    <ul className={classes.legend} aria-label={t("balance.parts")}>
      {parts.map((part, at) => (
        <li key={part} data-part={Math.min(at, 2)}>
          {t(`number.${part}`, { defaultValue: part })}
        </li>
      ))}
    </ul>
  );
}

function Sizes({ findings }: { findings: Findings }) {
  const { t } = useTranslation("data");
  const { width, height, usual_sizes, num_sizes } = findings;
  const context = contentKind(findings.videos);
  if (width === null || height === null) {
    return null;
  }
  return (
    <section className={classes.panel} aria-labelledby="sizes">
      <h2 id="sizes">{t("sizes.title", { context })}</h2>
      {num_sizes === 1 ? (
        <p>{t("sizes.all", { width: width.min, height: height.min, context })}</p>
      ) : (
        <>
          <div className={classes.sides}>
            <SizeChart title={t("sizes.width")} side={width} />
            <SizeChart title={t("sizes.height")} side={height} />
          </div>
          <p className={classes.usual}>
            {t("sizes.usual", { count: num_sizes })}{" "}
            {usual_sizes
              .map((each) => `${each.width} × ${each.height} (${formatCount(each.num_images)})`)
              .join(", ")}
          </p>
        </>
      )}
    </section>
  );
}

const HINT_ICONS = {
  problem: IconCircleX,
  warning: IconAlertTriangle,
  good: IconCircleCheck,
} as const;

function Hints({ findings }: { findings: Findings }) {
  const { t } = useTranslation("data");
  const hints = hintsOf(findings);
  return (
    <section className={classes.panel} aria-labelledby="hints">
      <h2 id="hints">{t("hints")}</h2>
      <ul className={classes.hints}>
        {hints.map((hint) => (
          <HintLine
            key={hint.id + JSON.stringify(hint.values)}
            hint={hint}
            context={contentKind(findings.videos)}
          />
        ))}
      </ul>
      {findings.remarks.length > 0 && (
        <ul className={classes.remarks}>
          {findings.remarks.map((remark) => (
            <li key={remark}>{remark}</li>
          ))}
        </ul>
      )}
    </section>
  );
}

interface HintLineProps {
  hint: Hint;
  /** What the texts speak of. */
  context: "video" | undefined;
}

function HintLine({ hint, context }: HintLineProps) {
  const { t } = useTranslation("data");
  const navigate = useNavigate();
  const { id, severity, values, tab } = hint;
  const Icon = HINT_ICONS[severity];
  return (
    <li className={classes.hint} data-severity={severity}>
      <Icon size={18} stroke={1.6} role="img" aria-label={t(`severity.${severity}`)} />
      <div>
        <p>{t(`hint.${id}`, { ...values, context })}</p>
        <p className={classes.advice}>{t(`advice.${id}`, { ...values, context })}</p>
        {tab && (
          <button
            type="button"
            className={classes.look}
            onClick={() => navigate({ search: `?tab=${tab}` })}
          >
            {t("look")}
          </button>
        )}
      </div>
    </li>
  );
}
