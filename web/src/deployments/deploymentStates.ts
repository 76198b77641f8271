/** How states of deployments look, and what can be done in each: an icon, a colour and a word. */
import {
  IconAlertTriangle,
  IconCircleCheck,
  IconCircleOff,
  IconCircleX,
  IconLoader2,
  type IconProps,
} from "@tabler/icons-react";
import type { ComponentType } from "react";
import type { DeploymentState, DeploymentSummary } from "./deployments";

export interface DeploymentLook {
  icon: ComponentType<IconProps>;
  /** A CSS colour: one of the tokens. */
  colour: string;
  isTurning: boolean;
}

const look = (icon: ComponentType<IconProps>, token: string, isTurning = false) => ({
  icon,
  colour: `var(--nl-${token})`,
  isTurning,
});

export const DEPLOYMENT_LOOKS: Record<DeploymentState, DeploymentLook> = {
  preparing: look(IconLoader2, "running", true),
  starting: look(IconLoader2, "running", true),
  running: look(IconCircleCheck, "done"),
  stopping: look(IconLoader2, "queued", true),
  stopped: look(IconCircleOff, "cancelled"),
  failed: look(IconCircleX, "failed"),
};

/** Running, but the last change could not be made. */
export const TROUBLED: DeploymentLook = look(IconAlertTriangle, "stale");

type Steered = Pick<DeploymentSummary, "state" | "wanted" | "right">;

const mayChange = ({ right }: Pick<DeploymentSummary, "right">): boolean =>
  right === "write" || right === "own";

/** Starting is offered where nobody wants it to run, or where it was given up. */
export const canStart = (deployment: Steered): boolean =>
  mayChange(deployment) && (deployment.wanted === "stopped" || deployment.state === "failed");

export const canStop = (deployment: Steered): boolean =>
  mayChange(deployment) && deployment.wanted === "running" && deployment.state !== "failed";
