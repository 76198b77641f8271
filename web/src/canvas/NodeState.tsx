import { IconArrowGuide } from "@tabler/icons-react";
import { useText } from "@/i18n/useText";
import { STATE_LOOKS } from "@/ui/states";
import type { NodeView } from "./nodeView";
import classes from "./OperatorNode.module.css";

const RADIUS = 7;
const AROUND = 2 * Math.PI * RADIUS;

/** The state as an icon with its word for those who cannot see it, and why as a tooltip; a ring while it advances. */
export function NodeState({ view }: { view: NodeView }) {
  const t = useText();
  if (view.node.bypass) {
    return <Aside />;
  }
  if (view.state === null) {
    return null;
  }
  const { icon: Icon, colour, word } = STATE_LOOKS[view.state];
  const text = [t(word), view.why].filter(Boolean).join(": ");
  const progress = view.state === "running" ? view.run?.progress : null;
  const share = progress?.total ? Math.min(1, progress.done / progress.total) : null;
  return (
    <span
      className={classes.state}
      style={{ color: colour }}
      title={text}
      role="img"
      aria-label={text}
    >
      {share === null ? (
        <Icon size={18} aria-hidden className={view.state === "running" ? classes.turning : ""} />
      ) : (
        <svg width={18} height={18} viewBox="0 0 18 18" aria-hidden>
          <circle cx={9} cy={9} r={RADIUS} className={classes.ringTrack} />
          <circle
            cx={9}
            cy={9}
            r={RADIUS}
            className={classes.ring}
            strokeDasharray={`${share * AROUND} ${AROUND}`}
            transform="rotate(-90 9 9)"
          />
        </svg>
      )}
    </span>
  );
}

function Aside() {
  const t = useText("canvas");
  return (
    <span className={classes.aside} title={t("node.bypassedHelp")}>
      <IconArrowGuide size={14} stroke={1.8} aria-hidden />
      {t("node.bypassed")}
    </span>
  );
}
