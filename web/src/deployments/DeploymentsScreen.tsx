import { Button, TextInput } from "@mantine/core";
import {
  IconCopy,
  IconExternalLink,
  IconPlayerPlay,
  IconPlayerStop,
  IconRocket,
  IconSearch,
  IconTrash,
} from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate } from "react-router";
import { Answered } from "@/ui/Answered";
import { DataTable, type RowAction } from "@/ui/DataTable";
import { EmptyState } from "@/ui/EmptyState";
import { tell, tellProblem } from "@/ui/notices";
import { Page } from "@/ui/Page";
import classes from "./Deployments.module.css";
import { useDeploymentColumns } from "./deploymentColumns";
import { canStart, canStop } from "./deploymentStates";
import { type DeploymentSummary, deploymentsQuery } from "./deployments";
import { useDeploymentDeeds } from "./useDeploymentDeeds";

/** `/deployments`: what is served on this machine. */
export function Component() {
  const { t } = useTranslation(["deployments", "models"]);
  const query = useQuery(deploymentsQuery);
  const [text, setText] = useState("");
  const isEmpty = query.data?.length === 0;
  return (
    <div className={classes.screen}>
      <Page
        title={t("title")}
        toolbar={
          !isEmpty && (
            <TextInput
              w={280}
              type="search"
              leftSection={<IconSearch size={14} aria-hidden />}
              placeholder={t("search")}
              aria-label={t("search")}
              value={text}
              onChange={(event) => setText(event.currentTarget.value)}
            />
          )
        }
      >
        <Answered query={query}>
          {(all) => (all.length === 0 ? <Nothing /> : <Deployments all={matching(all, text)} />)}
        </Answered>
      </Page>
    </div>
  );
}

/** Rows that contain every word. */
function matching(all: readonly DeploymentSummary[], text: string): readonly DeploymentSummary[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return all.filter(({ name, note, revision, url }) => {
    const row = `${name}\n${note}\n${revision?.pipeline ?? ""}\n${url ?? ""}`.toLowerCase();
    return words.every((word) => row.includes(word));
  });
}

function Deployments({ all }: { all: readonly DeploymentSummary[] }) {
  const { t } = useTranslation("deployments");
  const navigate = useNavigate();
  return (
    <DataTable
      name="deployments"
      label={t("title")}
      rows={all}
      columns={useDeploymentColumns()}
      rowKey={(row) => row.id}
      onOpen={(row) => navigate(`/deployments/${row.id}`)}
      actions={useRowActions()}
      empty={t("nothingFound")}
    />
  );
}

function useRowActions(): (row: DeploymentSummary) => readonly RowAction[] {
  const { t } = useTranslation(["deployments", "common"]);
  const deeds = useDeploymentDeeds();
  const navigate = useNavigate();
  const copy = (text: string) =>
    void navigator.clipboard
      .writeText(text)
      .then(() => tell(t("common:action.copied")), tellProblem);
  return (row) => [
    {
      id: "open",
      label: t("action.open"),
      icon: IconExternalLink,
      onChoose: () => navigate(`/deployments/${row.id}`),
    },
    {
      id: "copy",
      label: t("action.copyUrl"),
      icon: IconCopy,
      isDisabled: row.url === null,
      onChoose: () => row.url !== null && copy(row.url),
    },
    {
      id: "start",
      label: t("action.start"),
      icon: IconPlayerPlay,
      isDisabled: !canStart(row),
      onChoose: () => void deeds.start(row),
    },
    {
      id: "stop",
      label: t("action.stop"),
      icon: IconPlayerStop,
      isDisabled: !canStop(row),
      onChoose: () => void deeds.stop(row),
    },
    {
      id: "delete",
      label: t("common:action.delete"),
      icon: IconTrash,
      isDangerous: true,
      isDisabled: row.right !== "own",
      onChoose: () => void deeds.remove(row),
    },
  ];
}

function Nothing() {
  const { t } = useTranslation("deployments");
  return (
    <EmptyState
      icon={IconRocket}
      title={t("empty.title")}
      action={
        <Button component={Link} to="/runs">
          {t("empty.action")}
        </Button>
      }
    >
      {t("empty.text")}
    </EmptyState>
  );
}
