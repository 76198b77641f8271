import { formatCount } from "@/ui/formatting";
import classes from "./Bars.module.css";
import { type Bar, barShares } from "./charts";

interface BarsProps {
  label: string;
  bars: readonly Bar[];
  /** Given: each bar is a button. */
  onChoose?(bar: Bar): void;
}

/** Horizontal bars with names and numbers; parts of a bar in different shades. */
export function Bars({ label, bars, onChoose }: BarsProps) {
  const shares = barShares(bars);
  return (
    <ul className={classes.bars} aria-label={label}>
      {bars.map((bar, at) => {
        const inside = (
          <>
            <span className={classes.name} title={bar.name}>
              {bar.name}
            </span>
            <span className={classes.track} aria-hidden>
              {(shares[at] ?? []).map(({ id, percent }, part) => (
                <span
                  key={id}
                  className={classes.fill}
                  data-part={Math.min(part, 2)}
                  style={{ width: `${percent}%` }}
                />
              ))}
            </span>
            <span className={classes.count} data-warns={bar.isWarning || undefined}>
              {formatCount(bar.value)}
            </span>
          </>
        );
        return (
          <li key={bar.id}>
            {onChoose ? (
              <button type="button" className={classes.bar} onClick={() => onChoose(bar)}>
                {inside}
              </button>
            ) : (
              <div className={classes.bar}>{inside}</div>
            )}
          </li>
        );
      })}
    </ul>
  );
}
