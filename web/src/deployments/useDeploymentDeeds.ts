import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { keys } from "@/api/queries";
import { useConfirm } from "@/ui/confirm";
import { tell, tellProblem } from "@/ui/notices";
import {
  activateRevision,
  type DeploymentSummary,
  deleteDeployment,
  type Revision,
  startDeployment,
  stopDeployment,
} from "./deployments";

type Named = Pick<DeploymentSummary, "id" | "name">;

/** What is done to deployments: failures are told, lists are brought up to date. */
export function useDeploymentDeeds() {
  const { t } = useTranslation(["deployments", "common"]);
  const client = useQueryClient();
  const confirm = useConfirm();
  const done = async (deed: () => Promise<unknown>): Promise<boolean> => {
    try {
      await deed();
      await client.invalidateQueries({ queryKey: keys.deployments });
      return true;
    } catch (problem) {
      tellProblem(problem);
      return false;
    }
  };
  return {
    start: ({ id }: Named) => done(() => startDeployment(id)),
    stop: async ({ id, name }: Named) => {
      const isSure = await confirm({
        title: t("stop.title", { name }),
        text: t("stop.text"),
        action: t("action.stop"),
      });
      return isSure && done(() => stopDeployment(id));
    },
    remove: async ({ id, name, corrections }: Named & { corrections: number }) => {
      const isSure = await confirm({
        title: t("delete.title", { name }),
        text: t(corrections > 0 ? "delete.withCorrections" : "delete.text", { count: corrections }),
        action: t("common:action.delete"),
      });
      return isSure && done(() => deleteDeployment(id));
    },
    activate: async ({ id, name }: Named, { number }: Revision) => {
      const isSure = await confirm({
        title: t("rollBack.title", { number, name }),
        text: t("rollBack.text"),
        action: t("rollBack.action"),
      });
      if (isSure && (await done(() => activateRevision(id, number)))) {
        tell(t("rollBack.begun", { number }));
      }
    },
  };
}
