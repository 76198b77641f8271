import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { formatAge, formatTime } from "@/ui/formatting";
import type { DatasetDetails } from "./datasets";
import classes from "./VersionsTab.module.css";

/** The files that were sent under this name. */
export function VersionsTab({ dataset }: { dataset: DatasetDetails }) {
  const { t } = useTranslation("data");
  return (
    <section className={classes.versions}>
      <p>{t("versions.text")}</p>
      <ol>
        {dataset.versions.map(({ id, version, is_complete, created }) => (
          <li key={id} aria-current={id === dataset.id}>
            <Link to={`/data/${id}?tab=versions`}>{t("version", { number: version })}</Link>
            <span title={formatTime(created)}>{formatAge(created)}</span>
            {id === dataset.id && <span className={classes.this}>{t("versions.this")}</span>}
            {!is_complete && <span>{t("versions.incomplete")}</span>}
          </li>
        ))}
      </ol>
    </section>
  );
}
