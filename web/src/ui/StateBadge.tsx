import { useText } from "@/i18n/useText";
import classes from "./StateBadge.module.css";
import { type AnyState, STATE_LOOKS } from "./states";

/** A state as icon, colour and word. */
export function StateBadge({ state, hasWord = true }: { state: AnyState; hasWord?: boolean }) {
  const t = useText();
  const { icon: Icon, colour, word } = STATE_LOOKS[state];
  const text = t(word);
  return (
    <span className={classes.badge} style={{ color: colour }} data-state={state} title={text}>
      <Icon
        size={16}
        aria-hidden={hasWord}
        aria-label={hasWord ? undefined : text}
        className={state === "running" ? classes.turning : undefined}
      />
      {hasWord && <span>{text}</span>}
    </span>
  );
}
