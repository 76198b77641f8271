import type { ReactNode } from "react";
import classes from "./DetailsTab.module.css";

/** A framed part of what is told of a model. */
export function Panel({ title, children }: { title: ReactNode; children: ReactNode }) {
  return (
    <section className={classes.panel}>
      <h2>{title}</h2>
      {children}
    </section>
  );
}

/** Names beside values, one pair a line. */
export function Pairs({ pairs }: { pairs: readonly (readonly [string, ReactNode])[] }) {
  return (
    <dl className={classes.pairs}>
      {pairs.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
