import { useTranslation } from "react-i18next";
import classes from "./Deployments.module.css";
import { DEPLOYMENT_LOOKS, TROUBLED } from "./deploymentStates";
import type { DeploymentSummary } from "./deployments";

/** The state of a deployment as icon, colour and word; a change that failed shows at one that runs. */
export function DeploymentBadge({
  deployment: { state, problem, upcoming },
}: {
  deployment: Pick<DeploymentSummary, "state" | "problem" | "upcoming">;
}) {
  const { t } = useTranslation("deployments");
  const isTroubled = state === "running" && problem.length > 0;
  const { icon: Icon, colour, isTurning } = isTroubled ? TROUBLED : DEPLOYMENT_LOOKS[state];
  const isChanging = state === "running" && upcoming !== null && upcoming.state !== "failed";
  const word = t(isChanging ? "state.changing" : `state.${state}`);
  return (
    <span
      className={classes.badge}
      style={{ color: colour }}
      data-state={state}
      title={isTroubled ? problem[0]?.message : word}
    >
      <Icon size={16} aria-hidden className={isTurning ? classes.turning : undefined} />
      <span>{word}</span>
    </span>
  );
}
