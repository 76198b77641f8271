import {
  IconCopy,
  IconDownload,
  IconExternalLink,
  IconPackage,
  IconPencil,
  IconPlayerPlay,
  IconRocket,
  IconShare2,
  IconTrash,
} from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { keys } from "@/api/queries";
import { useConfirm } from "@/ui/confirm";
import type { RowAction } from "@/ui/DataTable";
import { tell, tellProblem } from "@/ui/notices";
import type { PipelineRow } from "./pipelineRows";
import {
  deletePipeline,
  duplicate,
  lastGoodRun,
  type PipelineSummary,
  pipelinesQuery,
  type RunSummary,
  readPipeline,
  startRun,
} from "./pipelines";
import { fileNameOf } from "./pipelineText";

/** Dialogs that a row's menu opens. */
interface Dialogs {
  share(pipeline: PipelineSummary): void;
  rename(pipeline: PipelineSummary): void;
  /** The models of the run are served here, or taken away to be served elsewhere. */
  deploy(run: RunSummary): void;
  takeBundle(run: RunSummary): void;
}

/** What can be done with a pipeline of the table; what one has no right to is not offered. */
export function usePipelineActions(
  dialogs: Dialogs,
): (pipeline: PipelineRow) => readonly RowAction[] {
  const { t } = useTranslation(["pipelines", "common"]);
  const navigate = useNavigate();
  const client = useQueryClient();
  const remove = useRemoval();
  const run = (action: () => Promise<unknown>) => () => void action().catch(tellProblem);
  const withGoodRun = (pipeline: PipelineRow, use: (found: RunSummary) => void) =>
    run(async () => {
      const found = await lastGoodRun(pipeline);
      if (found === null) {
        tell(t("noGoodRun", { name: pipeline.name }));
      } else {
        use(found);
      }
    });
  return (pipeline) => {
    const mayRun = pipeline.right !== "read";
    const mayWrite = pipeline.right === "write" || pipeline.right === "own";
    return [
      {
        id: "open",
        label: t("action.open"),
        icon: IconExternalLink,
        onChoose: () => navigate(`/pipelines/${pipeline.id}`),
      },
      {
        id: "run",
        label: t("action.run"),
        icon: IconPlayerPlay,
        isDisabled: !mayRun,
        onChoose: run(async () => {
          await startRun(pipeline.id);
          tell(t("started", { name: pipeline.name }));
          await client.invalidateQueries({ queryKey: keys.runs });
        }),
      },
      {
        id: "download",
        label: t("action.download"),
        icon: IconDownload,
        onChoose: run(async () => {
          saveText(fileNameOf(pipeline.name), (await readPipeline(pipeline.id)).text);
        }),
      },
      {
        id: "bundle",
        label: t("action.bundle"),
        icon: IconPackage,
        isDisabled: pipeline.run === null,
        onChoose: withGoodRun(pipeline, dialogs.takeBundle),
      },
      {
        id: "deploy",
        label: t("action.deploy"),
        icon: IconRocket,
        isDisabled: pipeline.run === null,
        onChoose: withGoodRun(pipeline, dialogs.deploy),
      },
      {
        id: "duplicate",
        label: t("action.duplicate"),
        icon: IconCopy,
        onChoose: run(async () => {
          const copy = await duplicate(pipeline, await client.fetchQuery(pipelinesQuery));
          await client.invalidateQueries({ queryKey: keys.pipelines });
          tell(t("duplicated", { name: copy.name }));
        }),
      },
      {
        id: "share",
        label: t("common:action.share"),
        icon: IconShare2,
        onChoose: () => dialogs.share(pipeline),
      },
      {
        id: "rename",
        label: t("common:action.rename"),
        icon: IconPencil,
        isDisabled: !mayWrite,
        onChoose: () => dialogs.rename(pipeline),
      },
      {
        id: "delete",
        label: t("common:action.delete"),
        icon: IconTrash,
        isDangerous: true,
        isDisabled: pipeline.right !== "own",
        onChoose: run(() => remove(pipeline)),
      },
    ];
  };
}

function useRemoval(): (pipeline: PipelineSummary) => Promise<void> {
  const { t } = useTranslation(["pipelines", "common"]);
  const client = useQueryClient();
  const confirm = useConfirm();
  return async ({ id, name, num_versions }) => {
    const isSure = await confirm({
      title: t("delete.title", { name }),
      text: t(num_versions > 0 ? "delete.withVersions" : "delete.draft", { count: num_versions }),
      action: t("common:action.delete"),
    });
    if (isSure) {
      await deletePipeline(id);
      await client.invalidateQueries({ queryKey: keys.pipelines });
      tell(t("deleted", { name }));
    }
  };
}

function saveText(name: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: "application/yaml" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
}
