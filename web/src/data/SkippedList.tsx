import { useTranslation } from "react-i18next";
import type { Findings } from "./datasets";
import classes from "./OverviewTab.module.css";

/** Files that cannot be used, and why. */
export function SkippedList({ skipped }: { skipped: Findings["skipped"] }) {
  const { t } = useTranslation("data");
  if (skipped.total === 0) {
    return null;
  }
  return (
    <section className={classes.panel} aria-labelledby="skipped">
      <h2 id="skipped">{t("skipped.title", { count: skipped.total })}</h2>
      <ul className={classes.skipped}>
        {skipped.files.map(({ path, reason }) => (
          <li key={path}>
            <code title={path}>{path}</code>
            <span>{reason}</span>
          </li>
        ))}
      </ul>
      {skipped.total > skipped.files.length && (
        <p className={classes.usual}>
          {t("skipped.more", { count: skipped.total - skipped.files.length })}
        </p>
      )}
    </section>
  );
}
