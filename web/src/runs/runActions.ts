/** What one can do with a run, from the table and from its page. */

import {
  IconBan,
  IconCopy,
  IconPlayerPlay,
  IconRefresh,
  IconShare,
  IconSitemap,
  IconTrash,
} from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { api, dataOf } from "@/api/client";
import { keys } from "@/api/queries";
import { useConfirm } from "@/ui/confirm";
import type { RowAction } from "@/ui/DataTable";
import { tell, tellProblem } from "@/ui/notices";
import { isFinal } from "@/ui/states";
import type { Run, RunSummary } from "./runQueries";

export type AnyRun = Pick<Run | RunSummary, "id" | "state" | "right">;

const RANKS = ["read", "run", "write", "own"] as const;

/** Whether a right is at least another one. */
export const includes = (right: AnyRun["right"], wanted: AnyRun["right"]): boolean =>
  RANKS.indexOf(right) >= RANKS.indexOf(wanted);

const path = (run: string) => ({ params: { path: { run } } });

/** Everything one may do with runs; failures are told and change nothing. */
export function useRunDeeds() {
  const navigate = useNavigate();
  const client = useQueryClient();
  const { t } = useTranslation("runs");
  return useMemo(() => {
    const attempt = async (deed: () => Promise<unknown>) => {
      try {
        await deed();
        await client.invalidateQueries({ queryKey: keys.runs });
      } catch (problem) {
        tellProblem(problem);
      }
    };
    return {
      cancel: (run: string) => attempt(() => api.POST("/api/v1/runs/{run}/cancel", path(run))),
      retry: (run: string) => attempt(() => api.POST("/api/v1/runs/{run}/retry", path(run))),
      rerun: (run: string, selection: { from?: string[]; force?: string[] } = {}) =>
        attempt(async () => {
          const again = await dataOf(
            api.POST("/api/v1/runs/{run}/rerun", {
              ...path(run),
              body: {
                to: [],
                from: [],
                force: [],
                description: "",
                scratch: false,
                priority: 0,
                ...selection,
              },
            }),
          );
          navigate(`/runs/${again.id}`);
        }),
      clone: (run: string, text: "written" | "resolved" = "written") =>
        attempt(async () => {
          const capsule = await dataOf(api.GET("/api/v1/runs/{run}/capsule", path(run)));
          const kept =
            text === "written" ? (capsule.written ?? capsule.resolved) : capsule.resolved;
          const pipeline = await dataOf(
            api.POST("/api/v1/pipelines", { body: { text: kept, visibility: "private" } }),
          );
          navigate(`/pipelines/${pipeline.id}`);
        }),
      remove: (run: string) => attempt(() => api.DELETE("/api/v1/runs/{run}", path(run))),
      copyId: (run: string) =>
        void navigator.clipboard?.writeText(run).then(() => tell(t("common:action.copied"))),
    };
  }, [client, navigate, t]);
}

/** The entries of a run's menu: what its state and one's right allow. */
export function useRunMenu(onShare: (run: AnyRun) => void) {
  const deeds = useRunDeeds();
  const confirm = useConfirm();
  const { t } = useTranslation("runs");
  const remove = async (run: AnyRun) => {
    const question = { title: t("delete.title", { id: run.id }), text: t("delete.text") };
    if (await confirm({ ...question, action: t("common:action.delete") })) {
      await deeds.remove(run.id);
    }
  };
  return (run: AnyRun): RowAction[] => {
    const mayWrite = includes(run.right, "write");
    const isOver = isFinal(run.state);
    const failed = run.state === "failed" || run.state === "cancelled";
    const entry = (
      id: string,
      icon: RowAction["icon"],
      onChoose: () => void,
      more: Partial<RowAction> = {},
    ): RowAction => ({ id, label: t(`action.${id}`), ...(icon && { icon }), onChoose, ...more });
    return [
      ...(isOver
        ? []
        : [entry("cancel", IconBan, () => deeds.cancel(run.id), { isDisabled: !mayWrite })]),
      ...(failed
        ? [entry("retry", IconRefresh, () => deeds.retry(run.id), { isDisabled: !mayWrite })]
        : []),
      entry("rerun", IconPlayerPlay, () => deeds.rerun(run.id), {
        isDisabled: !includes(run.right, "run"),
      }),
      entry("clone", IconSitemap, () => deeds.clone(run.id)),
      entry("copyId", IconCopy, () => deeds.copyId(run.id)),
      entry("share", IconShare, () => onShare(run), { isDisabled: !includes(run.right, "own") }),
      entry("delete", IconTrash, () => void remove(run), {
        isDangerous: true,
        isDisabled: !isOver || !includes(run.right, "own"),
      }),
    ];
  };
}
