import { ActionIcon, Button, Menu } from "@mantine/core";
import {
  IconBookmark,
  IconBookmarkOff,
  IconDots,
  IconDownload,
  IconPencil,
  IconPlayerPlay,
  IconRocket,
} from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate } from "react-router";
import { BASE } from "@/api/client";
import { keys } from "@/api/queries";
import { DescribeDialog } from "@/data/DescribeDialog";
import { DeployDialog } from "@/deployments/DeployDialog";
import { useConfirm } from "@/ui/confirm";
import { tellProblem } from "@/ui/notices";
import { ShareButton } from "@/ui/ShareDialog";
import { changeModel, type Model, registerModel, unregisterModel } from "./models";

/** Where a model's package can be downloaded. */
export const packageUrl = (model: Model): string => `${BASE}/models/${model.id}/package`;

/** What can be done with a model. */
export function ModelActions({ model }: { model: Model }) {
  const { t } = useTranslation("models");
  const [isNaming, name] = useState(false);
  const [isDeploying, deploy] = useState(false);
  const isMine = model.right === "own";
  return (
    <>
      <OtherActions model={model} onDescribe={() => name(true)} />
      {model.is_registered && isMine && (
        <ShareButton kind="models" id={model.id} right={model.right} />
      )}
      <Button
        component="a"
        href={packageUrl(model)}
        download
        variant="default"
        leftSection={<IconDownload size={14} aria-hidden />}
        disabled={model.files.length === 0}
      >
        {t("action.download")}
      </Button>
      {model.run_right !== null && (
        <Button
          variant="default"
          leftSection={<IconRocket size={14} aria-hidden />}
          onClick={() => deploy(true)}
        >
          {t("action.deploy")}
        </Button>
      )}
      {!model.is_registered && isMine && (
        <Button leftSection={<IconBookmark size={14} aria-hidden />} onClick={() => name(true)}>
          {t("action.register")}
        </Button>
      )}
      <NameDialog model={model} isOpen={isNaming} onClose={() => name(false)} />
      {isDeploying && (
        <DeployDialog
          run={model.run}
          name={model.is_registered ? model.name : model.pipeline}
          onClose={() => deploy(false)}
        />
      )}
    </>
  );
}

function OtherActions({ model, onDescribe }: { model: Model; onDescribe(): void }) {
  const { t } = useTranslation(["models", "common"]);
  const unregister = useUnregistering(model);
  const mayWrite = model.is_registered && (model.right === "own" || model.right === "write");
  const mayUnregister = model.is_registered && model.right === "own";
  if (!mayWrite && model.run_right === null) {
    return null;
  }
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon aria-label={t("common:action.more")} variant="default" size={30}>
          <IconDots size={16} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {model.run_right !== null && (
          <Menu.Item
            component={Link}
            to={`/runs/${model.run}`}
            leftSection={<IconPlayerPlay size={14} />}
          >
            {t("action.run")}
          </Menu.Item>
        )}
        {mayWrite && (
          <Menu.Item leftSection={<IconPencil size={14} />} onClick={onDescribe}>
            {t("action.rename")}
          </Menu.Item>
        )}
        {mayUnregister && (
          <Menu.Item color="red" leftSection={<IconBookmarkOff size={14} />} onClick={unregister}>
            {t("action.unregister")}
          </Menu.Item>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}

interface NameDialogProps {
  model: Model;
  isOpen: boolean;
  onClose(): void;
}

/** Registers a model, or renames a registered one. */
function NameDialog({ model, isOpen, onClose }: NameDialogProps) {
  const { t } = useTranslation("models");
  const client = useQueryClient();
  const navigate = useNavigate();
  return (
    <DescribeDialog
      title={t(model.is_registered ? "action.rename" : "action.register")}
      hint={t("register.hint")}
      isOpen={isOpen}
      name={model.is_registered ? model.name : model.pipeline}
      description={model.description}
      onSave={async ({ name, description }) => {
        const saved = model.is_registered
          ? await changeModel(model.id, { name, description })
          : await registerModel(model.artifact, name, description);
        await client.invalidateQueries({ queryKey: keys.models });
        if (saved.id !== model.id) {
          navigate(`/models/${saved.id}`, { replace: true });
        }
      }}
      onClose={onClose}
    />
  );
}

function useUnregistering(model: Model): () => Promise<void> {
  const { t } = useTranslation("models");
  const confirm = useConfirm();
  const client = useQueryClient();
  const navigate = useNavigate();
  return async () => {
    const isSure = await confirm({
      title: t("unregister.title", { name: model.name }),
      text: t("unregister.text"),
      action: t("action.unregister"),
    });
    if (isSure) {
      try {
        await unregisterModel(model.id);
        await client.invalidateQueries({ queryKey: keys.models });
        navigate("/models");
      } catch (problem) {
        tellProblem(problem);
      }
    }
  };
}
