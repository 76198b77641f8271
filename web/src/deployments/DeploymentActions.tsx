import { ActionIcon, Button, Menu } from "@mantine/core";
import {
  IconDots,
  IconPencil,
  IconPlayerPlay,
  IconPlayerStop,
  IconRefresh,
  IconTrash,
} from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { keys } from "@/api/queries";
import { DescribeDialog } from "@/data/DescribeDialog";
import { ShareButton } from "@/ui/ShareDialog";
import { canStart, canStop } from "./deploymentStates";
import { changeDeployment, type Deployment } from "./deployments";
import { NewRevisionDialog } from "./NewRevisionDialog";
import { useDeploymentDeeds } from "./useDeploymentDeeds";

/** What can be done with a deployment: start or stop it, give it other models, describe, share, delete it. */
export function DeploymentActions({ deployment }: { deployment: Deployment }) {
  const { t } = useTranslation(["deployments", "common"]);
  const deeds = useDeploymentDeeds();
  const [isRenewing, renew] = useState(false);
  const mayWrite = deployment.right === "own" || deployment.right === "write";
  return (
    <>
      {mayWrite && <OtherActions deployment={deployment} />}
      <ShareButton kind="deployments" id={deployment.id} right={deployment.right} />
      {mayWrite && (
        <Button
          variant="default"
          leftSection={<IconRefresh size={14} aria-hidden />}
          onClick={() => renew(true)}
        >
          {t("action.renew")}
        </Button>
      )}
      {canStop(deployment) && (
        <Button
          variant="default"
          leftSection={<IconPlayerStop size={14} aria-hidden />}
          onClick={() => void deeds.stop(deployment)}
        >
          {t("action.stop")}
        </Button>
      )}
      {canStart(deployment) && (
        <Button
          leftSection={<IconPlayerPlay size={14} aria-hidden />}
          onClick={() => void deeds.start(deployment)}
        >
          {t("action.start")}
        </Button>
      )}
      {isRenewing && <NewRevisionDialog deployment={deployment} onClose={() => renew(false)} />}
    </>
  );
}

function OtherActions({ deployment }: { deployment: Deployment }) {
  const { t } = useTranslation(["deployments", "common"]);
  const client = useQueryClient();
  const navigate = useNavigate();
  const deeds = useDeploymentDeeds();
  const [isDescribing, describe] = useState(false);
  const remove = async () => {
    if (await deeds.remove(deployment)) {
      navigate("/deployments");
    }
  };
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon aria-label={t("common:action.more")} variant="default" size={30}>
            <IconDots size={16} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<IconPencil size={14} />} onClick={() => describe(true)}>
            {t("action.describe")}
          </Menu.Item>
          {deployment.right === "own" && (
            <Menu.Item
              color="red"
              leftSection={<IconTrash size={14} />}
              onClick={() => void remove()}
            >
              {t("common:action.delete")}
            </Menu.Item>
          )}
        </Menu.Dropdown>
      </Menu>
      <DescribeDialog
        title={t("action.describe")}
        isOpen={isDescribing}
        name={deployment.name}
        description={deployment.note}
        onSave={async ({ name, description }) => {
          await changeDeployment(deployment.id, { name, note: description });
          await client.invalidateQueries({ queryKey: keys.deployments });
        }}
        onClose={() => describe(false)}
      />
    </>
  );
}
