import type { ReactNode } from "react";
import { useEffect } from "react";
import classes from "./Page.module.css";

interface PageProps {
  title: string;
  /** What stands before the title: a way back, a state. */
  before?: ReactNode;
  /** Beside the title: one primary action, others as menu. */
  actions?: ReactNode;
  /** Below the title: filters, tabs. */
  toolbar?: ReactNode;
  children: ReactNode;
}

/** A screen with a heading that stays and contents that scroll. */
export function Page({ title, before, actions, toolbar, children }: PageProps) {
  useEffect(() => {
    document.title = `${title} · Netloom`;
  }, [title]);
  return (
    <div className={classes.page}>
      <header className={classes.head}>
        <div className={classes.titleRow}>
          {before}
          <h1 className={classes.title}>{title}</h1>
          <div className={classes.actions}>{actions}</div>
        </div>
        {toolbar && <div className={classes.toolbar}>{toolbar}</div>}
      </header>
      <div className={classes.body}>{children}</div>
    </div>
  );
}
