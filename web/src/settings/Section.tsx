import type { ReactNode } from "react";
import classes from "./Settings.module.css";

interface SectionProps {
  title: string;
  text?: ReactNode;
  children: ReactNode;
}

/** One group of settings under a heading. */
export function Section({ title, text, children }: SectionProps) {
  return (
    <section className={classes.section} aria-label={title}>
      <h2 className={classes.heading}>{title}</h2>
      {text && <p className={classes.text}>{text}</p>}
      {children}
    </section>
  );
}
