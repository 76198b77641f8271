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
