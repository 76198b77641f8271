import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import { formatCount, formatPercent } from "@/ui/formatting";
import classes from "./SampleViewer.module.css";
import type { StoredSample } from "./samples";

interface SampleFactsProps {
  sample: StoredSample;
  marked: number | null;
  onMarked(position: number | null): void;
}

/** Everything that is known about a sample, in words. */
export function SampleFacts({ sample, marked, onMarked }: SampleFactsProps) {
  const { t } = useTranslation("samples");
  const rows: [string, string | null][] = [
    ["text", sample.text],
    ["label", sample.kind === "class" ? sample.label : null],
    ["part", sample.part],
    ["size", `${sample.width} × ${sample.height}`],
    ["id", sample.id],
    ["found", foundText(sample)],
    ...originRows(sample, t),
  ];
  return (
    <>
      <dl>
        {rows.map(([name, value]) =>
          value === null ? null : (
            <div key={name}>
              <dt>{t(`fact.${name}`)}</dt>
              <dd className={name === "text" ? classes.text : undefined}>{value}</dd>
            </div>
          ),
        )}
      </dl>
      {!sample.is_annotated && <p className={classes.unknown}>{t("notAnnotated")}</p>}
      {sample.is_annotated && sample.kind === "objects" && sample.num_objects === 0 && (
        <p className={classes.unknown}>{t("noObjects")}</p>
      )}
      <ObjectList sample={sample} marked={marked} onMarked={onMarked} />
      <FoundList sample={sample} marked={marked} onMarked={onMarked} />
      <AreaList areas={sample.areas} />
    </>
  );
}

function ObjectList({ sample, marked, onMarked }: SampleFactsProps) {
  const { t } = useTranslation("samples");
  const { objects, num_objects: count } = sample;
  if (objects.length === 0) {
    return null;
  }
  return (
    <section className={classes.list}>
      <h3>{t("count.objects", { count })}</h3>
      <ul>
        {objects.map(({ label, text, colour, box, is_crowd: isCrowd }, position) => (
          <li
            // biome-ignore lint/suspicious/noArrayIndexKey: objects have no identity but their place
            key={position}
            data-marked={position === marked || undefined}
            onPointerEnter={() => onMarked(position)}
            onPointerLeave={() => onMarked(null)}
          >
            <i style={{ background: colour }} aria-hidden />
            <span>
              {text ?? label ?? t("unnamed")}
              {isCrowd && <em> {t("crowd")}</em>}
            </span>
            <small>{sizeOf(box)}</small>
          </li>
        ))}
      </ul>
      {count > objects.length && (
        <p className={classes.unknown}>
          {t("moreObjects", { count: count - objects.length, shown: formatCount(objects.length) })}
        </p>
      )}
    </section>
  );
}

/** What a model found, drawn in dashes; positions go on after those of the objects. */
function FoundList({ sample, marked, onMarked }: SampleFactsProps) {
  const { t } = useTranslation("samples");
  const { found, num_found: count, objects } = sample;
  if (found.length === 0) {
    return null;
  }
  return (
    <section className={classes.list}>
      <h3>{t("count.found", { count })}</h3>
      <ul>
        {found.map(({ label, score }, place) => {
          const position = objects.length + place;
          return (
            <li
              key={position}
              data-marked={position === marked || undefined}
              onPointerEnter={() => onMarked(position)}
              onPointerLeave={() => onMarked(null)}
            >
              <i data-found aria-hidden />
              <span>{label ?? t("fact.text")}</span>
              <small>{formatPercent(score)}</small>
            </li>
          );
        })}
      </ul>
      {count > found.length && (
        <p className={classes.unknown}>{t("moreFound", { count: count - found.length })}</p>
      )}
    </section>
  );
}

function AreaList({ areas }: Pick<StoredSample, "areas">) {
  const { t } = useTranslation("samples");
  return areas.length === 0 ? null : (
    <section className={classes.list}>
      <h3>{t("areas")}</h3>
      <ul>
        {areas.map(({ label, colour, share }) => (
          <li key={label}>
            <i style={{ background: colour }} aria-hidden />
            <span>{label ?? t("unknown")}</span>
            <small>{formatPercent(share)}</small>
          </li>
        ))}
      </ul>
    </section>
  );
}

function sizeOf([left = 0, top = 0, right = 0, bottom = 0]: readonly number[]): string {
  return `${Math.round(right - left)} × ${Math.round(bottom - top)}`;
}

/** The class that a model gave the whole picture, and how sure it is. */
const foundText = ({ found_label: label, found_score: score }: StoredSample): string | null =>
  label === null || score === null ? label : `${label} · ${formatPercent(score)}`;

/** Where a sample was cut out, and what the stage before said of it. */
function originRows({ origin }: StoredSample, t: TFunction): [string, string | null][] {
  if (origin === null) {
    return [];
  }
  const { parent, box, coarse, score, source } = origin;
  const said = [coarse, score === null || source === "ground_truth" ? null : formatPercent(score)];
  return [
    ["parent", parent],
    ["place", box && `${sizeOf(box)} · ${Math.round(box[0] ?? 0)}, ${Math.round(box[1] ?? 0)}`],
    ["coarse", said.filter((word) => word !== null).join(" · ") || null],
    ["source", source && t(`source.${source}`)],
  ];
}
