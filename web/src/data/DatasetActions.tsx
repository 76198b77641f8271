import { ActionIcon, Button, Menu } from "@mantine/core";
import {
  IconDots,
  IconDownload,
  IconPencil,
  IconRefresh,
  IconSitemap,
  IconTrash,
} from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { api, BASE, dataOf, Refusal } from "@/api/client";
import { keys } from "@/api/queries";
import { useConfirm } from "@/ui/confirm";
import { tellProblem } from "@/ui/notices";
import { ShareButton } from "@/ui/ShareDialog";
import { DescribeDialog } from "./DescribeDialog";
import { changeDataset, type DatasetDetails, deleteDataset, surveyDataset } from "./datasets";
import { pipelineText } from "./pipelineText";

/** What can be done with a data set. */
export function DatasetActions({ dataset }: { dataset: DatasetDetails }) {
  const isMine = dataset.right === "own";
  return (
    <>
      <OtherActions dataset={dataset} />
      {isMine && <ShareButton kind="datasets" id={dataset.id} right={dataset.right} />}
      <PipelineButton dataset={dataset} />
    </>
  );
}

/** Makes a pipeline that trains with this data, and opens it. */
export function PipelineButton({ dataset }: { dataset: DatasetDetails }) {
  const { t } = useTranslation("data");
  const navigate = useNavigate();
  const client = useQueryClient();
  const text = pipelineText(dataset);
  const make = useMutation({
    mutationFn: (text: string) =>
      dataOf(api.POST("/api/v1/pipelines", { body: { text, visibility: "private" } })),
    onSuccess: (pipeline) => {
      void client.invalidateQueries({ queryKey: keys.pipelines });
      navigate(`/pipelines/${pipeline.id}`);
    },
    onError: tellProblem,
  });
  return (
    <Button
      leftSection={<IconSitemap size={14} aria-hidden />}
      disabled={text === null}
      loading={make.isPending}
      onClick={() => text !== null && make.mutate(text)}
    >
      {t("action.pipeline")}
    </Button>
  );
}

function OtherActions({ dataset }: { dataset: DatasetDetails }) {
  const { t } = useTranslation(["data", "common"]);
  const [isDescribing, describe] = useState(false);
  const client = useQueryClient();
  const remove = useRemoval(dataset);
  const refresh = () => client.invalidateQueries({ queryKey: keys.datasets });
  const survey = useMutation({
    mutationFn: () => surveyDataset(dataset.id),
    onSuccess: refresh,
    onError: tellProblem,
  });
  const mayWrite = dataset.right === "own" || dataset.right === "write";
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon aria-label={t("common:action.more")} variant="default" size={30}>
            <IconDots size={16} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item
            leftSection={<IconDownload size={14} />}
            component="a"
            href={`${BASE}/datasets/${dataset.id}/content`}
            download={dataset.file_name}
            disabled={!dataset.is_complete}
          >
            {t("action.download")}
          </Menu.Item>
          {mayWrite && (
            <Menu.Item leftSection={<IconPencil size={14} />} onClick={() => describe(true)}>
              {t("action.describe")}
            </Menu.Item>
          )}
          {mayWrite && dataset.format === "zip" && (
            <Menu.Item leftSection={<IconRefresh size={14} />} onClick={() => survey.mutate()}>
              {t("action.survey")}
            </Menu.Item>
          )}
          {dataset.right === "own" && (
            <Menu.Item color="red" leftSection={<IconTrash size={14} />} onClick={remove}>
              {t("common:action.delete")}
            </Menu.Item>
          )}
        </Menu.Dropdown>
      </Menu>
      <DescribeDialog
        title={t("action.describe")}
        hint={t("describe.versionHint")}
        isOpen={isDescribing}
        name={dataset.name}
        description={dataset.description}
        onSave={async (changes) => {
          await changeDataset(dataset.id, changes);
          await refresh();
        }}
        onClose={() => describe(false)}
      />
    </>
  );
}

/** Ask, delete; if runs have read it, ask once more. */
function useRemoval(dataset: DatasetDetails): () => Promise<void> {
  const { t } = useTranslation(["data", "common"]);
  const confirm = useConfirm();
  const navigate = useNavigate();
  const client = useQueryClient();
  const { id, name } = dataset;
  return async () => {
    const title = t("delete.title", { name });
    const action = t("common:action.delete");
    if (!(await confirm({ title, text: t("delete.text"), action }))) {
      return;
    }
    try {
      await deleteDataset(id, false).catch(async (problem: unknown) => {
        if (!(problem instanceof Refusal) || problem.status !== 409) {
          throw problem;
        }
        const used = { title, text: `${problem.message} ${t("delete.used")}`, action, typed: name };
        if (await confirm(used)) {
          return deleteDataset(id, true);
        }
        throw new DOMException("kept", "AbortError");
      });
      void client.invalidateQueries({ queryKey: keys.datasets });
      navigate("/data");
    } catch (problem) {
      if (!(problem instanceof DOMException)) {
        tellProblem(problem);
      }
    }
  };
}
