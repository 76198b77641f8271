import { TextInput } from "@mantine/core";
import { IconCalendar, IconKey, IconSearch, IconTag } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { CopyableId } from "@/ui/DataTableId";
import { formatCount, formatNumber, formatPercent } from "@/ui/formatting";
import classes from "./FeatureMapOutput.module.css";
import {
  bucketsOf,
  type FeatureMapSummary,
  type MappedBucket,
  type MappedFeature,
  missingShare,
} from "./featureMap";
import { shortNumber } from "./spread";
import tableClasses from "./TableOutput.module.css";
import { TypeIcon } from "./TypeIcon";

/** With more features than this there is something to search. */
const SEARCHED_FROM = 12;

/** A feature map: which columns become which numbers and ids, bucket by bucket. */
export function FeatureMapOutput({ map }: { map: FeatureMapSummary }) {
  const { t } = useTranslation("tables");
  const [query, search] = useState("");
  const buckets = bucketsOf(map, query);
  const all = map.num_features ?? map.features.length;
  return (
    <div className={classes.map}>
      <MapFacts map={map} />
      {map.features.length > SEARCHED_FROM && (
        <TextInput
          type="search"
          aria-label={t("search")}
          placeholder={t("search")}
          leftSection={<IconSearch size={14} aria-hidden />}
          value={query}
          onChange={(event) => search(event.currentTarget.value)}
        />
      )}
      {buckets.map((bucket) => (
        <BucketFeatures key={bucket.name} bucket={bucket} />
      ))}
      {buckets.length === 0 && <p className={tableClasses.hint}>{t("notFound")}</p>}
      {map.features.length < all && (
        <p className={tableClasses.hint}>{t("map.cut", { count: map.features.length })}</p>
      )}
    </div>
  );
}

function MapFacts({ map }: { map: FeatureMapSummary }) {
  const { t } = useTranslation("tables");
  return (
    <p className={tableClasses.facts}>
      <span>{t("map.fitted", { count: map.rows, rows: formatCount(map.rows) })}</span>
      {map.date !== "" && (
        <span title={t("date")}>
          <IconCalendar size={13} aria-label={t("date")} />
          {map.date}
        </span>
      )}
      {map.keys.length > 0 && (
        <span title={t("keys")}>
          <IconKey size={13} aria-label={t("keys")} />
          {map.keys.join(", ")}
        </span>
      )}
      {map.labels.length > 0 && (
        <span title={t("map.labels")}>
          <IconTag size={13} aria-label={t("map.labels")} />
          {map.labels.join(", ")}
        </span>
      )}
      <CopyableId id={map.checksum} shown={map.checksum.slice(0, 10)} />
    </p>
  );
}

function BucketFeatures({ bucket }: { bucket: MappedBucket }) {
  const { t } = useTranslation("tables");
  return (
    <section className={classes.bucket} aria-label={t("map.bucket", { name: bucket.name })}>
      <h4 className={classes.head}>
        {bucket.name}
        <span>{t("map.features", { count: bucket.features.length })}</span>
      </h4>
      <p className={classes.encoded}>
        {bucket.encoded.map(({ name, type, width }) => (
          <code key={name} title={type}>
            {name}
            {width === null ? "[…]" : width === 1 ? "" : `[${formatCount(width)}]`}
          </code>
        ))}
      </p>
      <ul className={classes.features}>
        {bucket.features.map((feature) => (
          <FeatureLine key={feature.column} feature={feature} />
        ))}
      </ul>
    </section>
  );
}

function FeatureLine({ feature }: { feature: MappedFeature }) {
  const { t } = useTranslation("tables");
  const missing = missingShare(feature);
  const hasIds = feature.ids !== undefined;
  return (
    <li className={classes.feature}>
      <TypeIcon type={feature.column_type} />
      <span className={classes.name}>
        <span title={feature.column}>{feature.column}</span>
        <span className={classes.becomes}>
          {t(`map.kind.${feature.type}`)}
          {!hasIds && feature.normalisation && feature.normalisation !== "none"
            ? ` · ${feature.normalisation}`
            : ""}
        </span>
      </span>
      <span className={classes.facts}>
        <span title={hasIds ? frequentText(feature) : momentsText(feature)}>
          {hasIds
            ? t(feature.is_hashed ? "map.hashed" : "map.values", {
                count: feature.ids ?? 0,
                ids: formatCount(Math.max(0, (feature.ids ?? 0) - NO_VALUES)),
              })
            : rangeText(feature)}
        </span>
        {missing !== null && missing > 0 && (
          <span className={classes.missing}>
            {t("missingShort", { share: missing < 0.0005 ? "< 0.1 %" : formatPercent(missing) })}
          </span>
        )}
      </span>
    </li>
  );
}

/** The ids of unknown values and of nothing there. */
const NO_VALUES = 2;

function rangeText({ low, high, numbers }: MappedFeature): string {
  const width = numbers === 1 || numbers === undefined ? "" : `${numbers ?? "…"} × `;
  return low === null || low === undefined || high === null || high === undefined
    ? "–"
    : `${width}${shortNumber(low)} – ${shortNumber(high)}`;
}

const momentsText = ({ mean, deviation }: MappedFeature): string | undefined =>
  typeof mean === "number" ? `${formatNumber(mean)} ± ${formatNumber(deviation)}` : undefined;

const frequentText = ({ frequent = [] }: MappedFeature): string | undefined =>
  frequent.length > 0 ? `${frequent.join(", ")} …` : undefined;
