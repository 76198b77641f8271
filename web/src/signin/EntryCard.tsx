import type { ReactNode } from "react";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { LanguageMenu, ThemeSwitch } from "@/app/AppearanceControls";
import classes from "./EntryCard.module.css";

interface EntryCardProps {
  title: string;
  children: ReactNode;
  /** Below the card: the other way in. */
  footer?: ReactNode;
}

/** The page around signing in and signing up: one card, and the switches for language and theme. */
export function EntryCard({ title, children, footer }: EntryCardProps) {
  const { t } = useTranslation("signin");
  useEffect(() => {
    document.title = `${title} · Netloom`;
  }, [title]);
  return (
    <main className={classes.page}>
      <div className={classes.switches}>
        <LanguageMenu />
        <ThemeSwitch />
      </div>
      <div className={classes.column}>
        <div className={classes.brand}>
          <img src="/icon.svg" alt="" width={36} height={36} />
          <div>
            <div className={classes.name}>Netloom</div>
            <div className={classes.claim}>{t("claim")}</div>
          </div>
        </div>
        <section className={classes.card} aria-labelledby="entry-title">
          <h1 id="entry-title" className={classes.title}>
            {title}
          </h1>
          {children}
        </section>
        {footer && <p className={classes.footer}>{footer}</p>}
      </div>
    </main>
  );
}
