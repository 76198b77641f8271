import { IconAlertCircle, IconBrain, IconFile, IconNote } from "@tabler/icons-react";
import type { Progress } from "@/editor/types";
import { useText } from "@/i18n/useText";
import { shortReference } from "@/inspector/reuse/shortReference";
import { TypeIcon } from "@/tables/TypeIcon";
import { formatCount, formatDuration, formatPercent } from "@/ui/formatting";
import { LINE_HEIGHTS } from "./geometry";
import classes from "./NodeBody.module.css";
import { type Amounts, amountsText, type Bar, type BodyLine, type TableAmounts } from "./nodeBody";
import { OutputImages } from "./OutputImages";
import { Sparkline } from "./Sparkline";

/** Settings, progress and results of a node, a line each. */
export function NodeBody({ node, lines }: { node: string; lines: readonly BodyLine[] }) {
  return (
    <div className={classes.body}>
      {lines.map((line) => (
        <div
          key={line.kind === "text" ? line.tone + line.text : line.kind}
          className={classes.line}
          style={{ height: LINE_HEIGHTS[line.kind] }}
        >
          <Line node={node} line={line} />
        </div>
      ))}
    </div>
  );
}

function Line({ node, line }: { node: string; line: BodyLine }) {
  switch (line.kind) {
    case "text":
      return <TextLine tone={line.tone} text={line.text} />;
    case "progress":
      return <ProgressLine progress={line.progress} />;
    case "spark":
      return <Sparkline points={line.points} />;
    case "images":
      return <OutputImages node={node} port={line.port} artifact={line.artifact} />;
    case "table":
      return <TableLines table={line.table} />;
    case "bars":
      return <Bars bars={line.bars} amounts={line.amounts} />;
    case "chips":
      return (
        <div className={classes.chips}>
          {line.chips.map(({ name, value }) => (
            <span key={name} className={classes.chip} title={`${name} ${value}`}>
              {name} <b>{value}</b>
            </span>
          ))}
        </div>
      );
  }
}

const ICONS = {
  problem: IconAlertCircle,
  note: IconNote,
  file: IconFile,
  model: IconBrain,
  settings: null,
};

function TextLine({ tone, text }: Omit<Extract<BodyLine, { kind: "text" }>, "kind">) {
  const t = useText("canvas");
  const Icon = ICONS[tone];
  const isModel = tone === "model";
  return (
    <div
      className={classes.text}
      data-tone={tone}
      title={isModel ? t("node.reuses", { model: text }) : text}
    >
      {Icon && <Icon size={13} aria-hidden />}
      <span>{isModel ? shortReference(text) : text}</span>
    </div>
  );
}

function ProgressLine({ progress }: { progress: Progress }) {
  const t = useText("canvas");
  const { done, total, unit, eta_s: eta } = progress;
  const share = total ? Math.min(1, done / total) : null;
  const amount = total
    ? `${formatCount(done)} / ${formatCount(total)} ${unit}`
    : `${formatCount(done)} ${unit}`;
  return (
    <div className={classes.progress} title={amount}>
      <div
        className={classes.track}
        role="progressbar"
        aria-label={t("node.progress")}
        aria-valuenow={share === null ? undefined : Math.round(100 * share)}
        aria-valuetext={amount}
      >
        <div className={classes.done} style={{ width: `${100 * (share ?? 1)}%` }} />
      </div>
      <span>{share === null ? amount : formatPercent(share)}</span>
      {eta !== null && <span>{t("node.eta", { time: formatDuration(eta) })}</span>}
    </div>
  );
}

const MOST_TYPES = 5;

function TableLines({ table }: { table: TableAmounts }) {
  const t = useText("canvas");
  const { rows, columns, features, date, types } = table;
  const amount =
    rows === null
      ? t("node.features", { count: features ?? 0, columns })
      : t("node.rows", { count: rows, rows: formatCount(rows), columns: formatCount(columns) });
  return (
    <div className={classes.table}>
      <span title={amount}>
        <b>{amount}</b>
      </span>
      <span className={classes.types}>
        {types.slice(0, date === "" ? MOST_TYPES : MOST_TYPES - 1).map(({ type, count }) => (
          <span key={type}>
            <TypeIcon type={type} size={12} />
            {formatCount(count)}
          </span>
        ))}
        {date !== "" && <span className={classes.date}>{date}</span>}
      </span>
    </div>
  );
}

const MOST_BARS = 24;

function Bars({ bars, amounts }: { bars: readonly Bar[]; amounts: Amounts }) {
  const t = useText("canvas");
  const shown = bars.slice(0, MOST_BARS);
  const most = Math.max(1, ...shown.map(({ count }) => count));
  const { key, count: amount, more } = amountsText(amounts);
  const text = t(`node.${key}`, { count: amount, classes: more, more: formatCount(more) });
  return (
    <div className={classes.bars}>
      {shown.some(({ count }) => count > 0) && (
        <div className={classes.columns} role="img" aria-label={text}>
          {shown.map(({ name, count }) => (
            <div
              key={name}
              title={`${name}: ${formatCount(count)}`}
              style={{ height: `${Math.max(4, (100 * count) / most)}%` }}
            />
          ))}
        </div>
      )}
      <span>{text}</span>
    </div>
  );
}
