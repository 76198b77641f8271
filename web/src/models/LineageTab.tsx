import {
  IconBrain,
  IconDatabase,
  IconPhoto,
  IconPlayerPlay,
  type IconProps,
  IconTable,
} from "@tabler/icons-react";
import type { ComponentType } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { formatCount } from "@/ui/formatting";
import classes from "./LineageTab.module.css";
import { type LineageCard, type LineageKind, lineageOf } from "./lineage";
import { type Model, takesRows } from "./models";

const CARD = { width: 244, height: 84 };
const GAP = { x: 48, y: 16 };

const ICONS: Record<LineageKind, ComponentType<IconProps>> = {
  source: IconDatabase,
  parent: IconBrain,
  data: IconPhoto,
  run: IconPlayerPlay,
  model: IconBrain,
};

/** Data → run → model, with links to each. */
export function LineageTab({ model }: { model: Model }) {
  const { t } = useTranslation("models");
  const { cards, links, columns, rows } = lineageOf(model);
  const width = columns * (CARD.width + GAP.x) - GAP.x;
  const height = rows * (CARD.height + GAP.y) - GAP.y;
  const byId = new Map(cards.map((card) => [card.id, card]));
  return (
    <section aria-label={t("tab.lineage")}>
      <p className={classes.intro}>{t("lineage.intro")}</p>
      <div className={classes.scroller}>
        <div className={classes.graph} style={{ width, height }}>
          <svg width={width} height={height} className={classes.links} aria-hidden>
            <title>{t("tab.lineage")}</title>
            {links.map(({ from, to }) => (
              <path key={`${from}>${to}`} d={curve(byId.get(from), byId.get(to))} />
            ))}
          </svg>
          {cards.map((card) => (
            <Card key={card.id} card={card} isOfRows={takesRows(model)} />
          ))}
        </div>
      </div>
      {model.run_right === null && <p className={classes.intro}>{t("lineage.noRun")}</p>}
    </section>
  );
}

const left = (card: LineageCard): number => card.column * (CARD.width + GAP.x);
const top = (card: LineageCard): number => card.row * (CARD.height + GAP.y);

function curve(from: LineageCard | undefined, to: LineageCard | undefined): string {
  if (from === undefined || to === undefined) {
    return "";
  }
  const [x1, y1] = [left(from) + CARD.width, top(from) + CARD.height / 2];
  const [x2, y2] = [left(to), top(to) + CARD.height / 2];
  const bend = GAP.x / 2;
  return `M ${x1} ${y1} C ${x1 + bend} ${y1}, ${x2 - bend} ${y2}, ${x2} ${y2}`;
}

interface CardProps {
  card: LineageCard;
  /** What is counted are rows of tables. */
  isOfRows: boolean;
}

function Card({ card, isOfRows }: CardProps) {
  const { t } = useTranslation("models");
  const Icon = isOfRows && card.kind === "data" ? IconTable : ICONS[card.kind];
  const parts = Object.entries(card.parts).filter(([part]) => part !== "none");
  const inside = (
    <>
      <span className={classes.kind}>
        <Icon size={14} stroke={1.6} aria-hidden />
        {t(`lineage.${card.kind}`)}
      </span>
      <strong
        className={classes.title}
        title={card.title}
        data-leads={card.to !== null || undefined}
      >
        {card.title}
      </strong>
      <span className={classes.detail}>
        {card.samples === null
          ? card.detail
          : t(isOfRows ? "lineage.rows" : "lineage.samples", {
              count: card.samples,
              shown: formatCount(card.samples),
            })}
      </span>
      {parts.length > 0 && (
        <span className={classes.detail}>
          {parts.map(([part, count]) => `${part} ${formatCount(count)}`).join(" · ")}
        </span>
      )}
    </>
  );
  const place = { left: left(card), top: top(card), width: CARD.width, height: CARD.height };
  return card.to === null ? (
    <div className={classes.card} data-kind={card.kind} style={place}>
      {inside}
    </div>
  ) : (
    <Link to={card.to} className={classes.card} data-kind={card.kind} style={place}>
      {inside}
    </Link>
  );
}
