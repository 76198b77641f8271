import { IconLoader2, IconTable, IconUsers, IconWorld } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useUser } from "@/api/session";
import { formatAge, formatBytes, formatCount } from "@/ui/formatting";
import classes from "./DatasetCard.module.css";
import { contentKind, type Dataset, isLooking, sampleUrl, spreadNumbers } from "./datasets";
import { useSurveyProgress } from "./surveyProgress";
import { Thumbnail } from "./Thumbnail";

const SHOWN = 6;
const THUMBNAIL_PIXELS = 160;

/** A data set in the list: some of its pictures, and its numbers. */
export function DatasetCard({ dataset }: { dataset: Dataset }) {
  const { t } = useTranslation("data");
  const { name, version, format, description } = dataset;
  return (
    <Link to={`/data/${dataset.id}`} className={classes.card}>
      <Strip dataset={dataset} />
      <div className={classes.text}>
        <div className={classes.head}>
          <strong className={classes.name} title={name}>
            {name}
          </strong>
          {version > 1 && <span className={classes.chip}>{t("version", { number: version })}</span>}
          {format !== null && <span className={classes.chip}>{t(`format.${format}`)}</span>}
        </div>
        {description && <p className={classes.description}>{description}</p>}
        <Numbers dataset={dataset} />
        <Foot dataset={dataset} />
      </div>
    </Link>
  );
}

function Strip({ dataset }: { dataset: Dataset }) {
  const said = useSurveyProgress(dataset);
  const { num_images, survey_state } = dataset;
  if (!num_images) {
    const isBusy = isLooking(survey_state);
    return (
      <div className={classes.strip} data-empty>
        {isBusy ? (
          <IconLoader2 size={20} className={classes.turning} aria-hidden />
        ) : (
          <IconTable size={24} stroke={1.2} aria-hidden />
        )}
        {isBusy && <span>{said}</span>}
      </div>
    );
  }
  return (
    <div className={classes.strip}>
      {spreadNumbers(num_images, SHOWN).map((number) => (
        <Thumbnail
          key={number}
          src={sampleUrl(dataset.id, number, THUMBNAIL_PIXELS)}
          side="100%"
          isFilled
        />
      ))}
    </div>
  );
}

function Numbers({ dataset }: { dataset: Dataset }) {
  const { t } = useTranslation("data");
  const { num_images, num_classes, size_bytes, survey_state } = dataset;
  const context = contentKind(dataset.reader === "data.video");
  const parts = [
    num_images === null
      ? ""
      : t("images", { count: num_images, shown: formatCount(num_images), context }),
    num_classes === null
      ? ""
      : t("classes", { count: num_classes, shown: formatCount(num_classes) }),
    formatBytes(size_bytes),
  ];
  return (
    <p className={classes.numbers}>
      {parts.filter(Boolean).join(" · ")}
      {survey_state === "failed" && <span className={classes.failed}> · {t("survey.failed")}</span>}
    </p>
  );
}

function Foot({ dataset }: { dataset: Dataset }) {
  const { t } = useTranslation("data");
  const me = useUser().name;
  const { owner, visibility, created } = dataset;
  return (
    <p className={classes.foot}>
      {visibility === "public" && (
        <IconWorld size={14} stroke={1.6} role="img" aria-label={t("visibility.public")} />
      )}
      {visibility === "shared" && (
        <IconUsers size={14} stroke={1.6} role="img" aria-label={t("visibility.shared")} />
      )}
      <span>{owner === me ? t("mine") : (owner ?? "")}</span>
      <span className={classes.age}>{formatAge(created)}</span>
    </p>
  );
}
