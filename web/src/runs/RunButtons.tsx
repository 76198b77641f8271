import { ActionIcon, Button, Menu } from "@mantine/core";
import {
  IconArrowsDiff,
  IconBan,
  IconDots,
  IconDownload,
  IconPackage,
  IconPlayerPlay,
  IconPlayerTrackNext,
  IconRefresh,
  IconRocket,
  IconShare,
  IconSitemap,
} from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate } from "react-router";
import { api, BASE, dataOf } from "@/api/client";
import { keys } from "@/api/queries";
import { BundleDialog } from "@/deployments/BundleDialog";
import { DeployDialog } from "@/deployments/DeployDialog";
import { ShareDialog } from "@/ui/ShareDialog";
import { isFinal } from "@/ui/states";
import { includes, useRunDeeds } from "./runActions";
import type { Run } from "./runQueries";

/** What one can do with the run: the likely thing as a button, the rest in a menu. */
export function RunButtons({ run, node }: { run: Run; node: string | null }) {
  const { t } = useTranslation("runs");
  const deeds = useRunDeeds();
  const mayWrite = includes(run.right, "write");
  const canRetry = run.state === "failed" || run.state === "cancelled";
  return (
    <>
      {!isFinal(run.state) && (
        <Button
          variant="default"
          leftSection={<IconBan size={14} />}
          disabled={!mayWrite || run.cancel_requested}
          onClick={() => deeds.cancel(run.id)}
        >
          {t("action.cancel")}
        </Button>
      )}
      {canRetry && (
        <Button
          leftSection={<IconRefresh size={14} />}
          disabled={!mayWrite}
          onClick={() => deeds.retry(run.id)}
        >
          {t("action.retry")}
        </Button>
      )}
      <OpenButton run={run} isFirst={!canRetry && isFinal(run.state)} />
      <MoreMenu run={run} node={node} />
    </>
  );
}

/** To the pipeline on the canvas: the one the run is of, else a new one made of the run's text. */
function OpenButton({ run, isFirst }: { run: Run; isFirst: boolean }) {
  const { t } = useTranslation("runs");
  const deeds = useRunDeeds();
  const look = {
    variant: isFirst ? "filled" : "default",
    leftSection: <IconSitemap size={14} />,
  };
  return run.stored_pipeline === null ? (
    <Button {...look} onClick={() => deeds.clone(run.id)}>
      {t("action.clone")}
    </Button>
  ) : (
    <Button {...look} component={Link} to={`/pipelines/${run.stored_pipeline}`}>
      {t("action.openPipeline")}
    </Button>
  );
}

function MoreMenu({ run, node }: { run: Run; node: string | null }) {
  const { t } = useTranslation("runs");
  const navigate = useNavigate();
  const deeds = useRunDeeds();
  const [dialog, openDialog] = useState<"share" | "deploy" | "bundle" | null>(null);
  const close = () => openDialog(null);
  const previous = usePrevious(run);
  const mayRun = includes(run.right, "run");
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon variant="default" size={30} aria-label={t("common:action.more")}>
            <IconDots size={16} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item
            leftSection={<IconPlayerPlay size={14} />}
            disabled={!mayRun}
            onClick={() => deeds.rerun(run.id)}
          >
            {t("action.rerun")}
          </Menu.Item>
          <Menu.Item
            leftSection={<IconPlayerTrackNext size={14} />}
            disabled={!mayRun || node === null}
            onClick={() => node !== null && deeds.rerun(run.id, { force: [node] })}
          >
            {node === null ? t("action.rerunFromChosen") : t("action.rerunFrom", { node })}
          </Menu.Item>
          {run.stored_pipeline !== null && (
            <Menu.Item leftSection={<IconSitemap size={14} />} onClick={() => deeds.clone(run.id)}>
              {t("action.clone")}
            </Menu.Item>
          )}
          <Menu.Item
            leftSection={<IconSitemap size={14} />}
            onClick={() => deeds.clone(run.id, "resolved")}
          >
            {t("action.cloneResolved")}
          </Menu.Item>
          <Menu.Item
            leftSection={<IconArrowsDiff size={14} />}
            disabled={!previous}
            onClick={() => navigate(`/runs/compare?runs=${previous},${run.id}`)}
          >
            {t("action.comparePrevious")}
          </Menu.Item>
          <Menu.Item
            leftSection={<IconDownload size={14} />}
            component="a"
            href={`${BASE}/runs/${run.id}/files/pipeline.resolved.yaml`}
            download
          >
            {t("action.downloadText")}
          </Menu.Item>
          <Menu.Item
            leftSection={<IconDownload size={14} />}
            component="a"
            href={`${BASE}/runs/${run.id}/capsule.zip`}
            download
          >
            {t("action.downloadCapsule")}
          </Menu.Item>
          {run.state === "succeeded" && (
            <Menu.Item leftSection={<IconPackage size={14} />} onClick={() => openDialog("bundle")}>
              {t("action.downloadBundle")}
            </Menu.Item>
          )}
          {run.state === "succeeded" && (
            <Menu.Item leftSection={<IconRocket size={14} />} onClick={() => openDialog("deploy")}>
              {t("action.deploy")}
            </Menu.Item>
          )}
          <Menu.Item
            leftSection={<IconShare size={14} />}
            disabled={!includes(run.right, "own")}
            onClick={() => openDialog("share")}
          >
            {t("action.share")}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {dialog === "share" && (
        <ShareDialog kind="runs" id={run.id} right={run.right} isOpen onClose={close} />
      )}
      {dialog === "deploy" && <DeployDialog run={run.id} name={run.pipeline} onClose={close} />}
      {dialog === "bundle" && <BundleDialog run={run.id} onClose={close} />}
    </>
  );
}

/** The run of the same pipeline before this one. */
function usePrevious(run: Run): string | null {
  const { data } = useQuery({
    queryKey: [...keys.runs, "of", run.pipeline],
    queryFn: () =>
      dataOf(
        api.GET("/api/v1/runs", {
          params: { query: { pipeline: run.pipeline, scratch: "with", limit: 50 } },
        }),
      ),
  });
  return data?.runs.find(({ id, created }) => id !== run.id && created <= run.created)?.id ?? null;
}
