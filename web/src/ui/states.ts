/**
 * How states look, everywhere: an icon, a colour and a word, never a colour alone.
 *
 * `RunState` is what became of a node in a run, `PlanState` what would become of it in a draft.
 */
import {
  IconAlertTriangle,
  IconBan,
  IconBolt,
  IconCircle,
  IconCircleCheck,
  IconCircleDashed,
  IconCircleX,
  IconClock,
  IconHandStop,
  IconLoader2,
  IconPlayerSkipForward,
  type IconProps,
} from "@tabler/icons-react";
import type { ComponentType } from "react";
import type { Schemas } from "@/api/client";

export type RunState = Schemas["RunState"];
export type PlanState = Schemas["PlanState"];
export type AnyState = RunState | PlanState;

export interface StateLook {
  icon: ComponentType<IconProps>;
  /** A CSS colour: one of the tokens. */
  colour: string;
  /** Key of the word in the namespace `common`. */
  word: string;
}

const look = (icon: ComponentType<IconProps>, token: string, name: string): StateLook => ({
  icon,
  colour: `var(--nl-${token})`,
  word: `state.${name}`,
});

export const STATE_LOOKS: Record<AnyState, StateLook> = {
  draft: look(IconCircleDashed, "draft", "draft"),
  ready: look(IconCircle, "ready", "ready"),
  may_run: look(IconCircleDashed, "ready", "may_run"),
  stale: look(IconAlertTriangle, "stale", "stale"),
  cached: look(IconBolt, "cached", "cached"),
  pending: look(IconCircleDashed, "queued", "pending"),
  queued: look(IconClock, "queued", "queued"),
  running: look(IconLoader2, "running", "running"),
  waiting: look(IconHandStop, "waiting", "waiting"),
  succeeded: look(IconCircleCheck, "done", "succeeded"),
  failed: look(IconCircleX, "failed", "failed"),
  cancelled: look(IconBan, "cancelled", "cancelled"),
  skipped: look(IconPlayerSkipForward, "skipped", "skipped"),
};

/** States after which nothing more happens. */
export const isFinal = (state: RunState): boolean =>
  state === "succeeded" ||
  state === "failed" ||
  state === "cancelled" ||
  state === "skipped" ||
  state === "cached";
