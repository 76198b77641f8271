import { useText } from "@/i18n/useText";
import { type RunState, STATE_LOOKS } from "@/ui/states";
import classes from "./NodeCounts.module.css";

/** From what is over to what is to come. */
const ORDER: readonly RunState[] = [
  "succeeded",
  "cached",
  "failed",
  "cancelled",
  "skipped",
  "running",
  "waiting",
  "queued",
  "pending",
];

/** How many nodes of a run are in which state, as a small bar. */
export function NodeCounts({ counts }: { counts: Readonly<Partial<Record<RunState, number>>> }) {
  const t = useText();
  const present = ORDER.filter((state) => (counts[state] ?? 0) > 0);
  const total = present.reduce((sum, state) => sum + (counts[state] ?? 0), 0);
  const text = present.map((state) => `${counts[state]} ${t(STATE_LOOKS[state].word)}`).join(", ");
  return (
    <span className={classes.counts} title={text}>
      <span className={classes.bar} role="img" aria-label={text}>
        {present.map((state) => (
          <span
            key={state}
            style={{ flexGrow: counts[state] ?? 0, background: STATE_LOOKS[state].colour }}
          />
        ))}
      </span>
      <span className={classes.total}>{total}</span>
    </span>
  );
}
