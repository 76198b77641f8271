import { Button, SegmentedControl, TextInput } from "@mantine/core";
import { IconPlus, IconSearch } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, Navigate, useNavigate } from "react-router";
import { useUser } from "@/api/session";
import { DropArea } from "@/data/DropArea";
import { BundleDialog } from "@/deployments/BundleDialog";
import { DeployDialog } from "@/deployments/DeployDialog";
import { deploymentsQuery } from "@/deployments/deployments";
import { Answered } from "@/ui/Answered";
import { DataTable } from "@/ui/DataTable";
import { Page } from "@/ui/Page";
import { ShareDialog } from "@/ui/ShareDialog";
import { ImportFileButton } from "./ImportButtons";
import classes from "./PipelinesScreen.module.css";
import { pipelineColumns } from "./pipelineColumns";
import { filtered, rowsOf, WHOSE, type Whose } from "./pipelineRows";
import {
  latestRunsQuery,
  olderRunsQuery,
  type PipelineSummary,
  pipelinesQuery,
  type RunSummary,
} from "./pipelines";
import { quickActions } from "./quickActions";
import { RenameDialog } from "./RenameDialog";
import { useNewPipeline } from "./useNewPipeline";
import { usePipelineActions } from "./usePipelineActions";

/** `/pipelines`: all pipelines one may see, with how their newest run does. */
export function Component() {
  const { t } = useTranslation(["pipelines", "common"]);
  const pipelines = useQuery(pipelinesQuery);
  const make = useNewPipeline();
  const [search, setSearch] = useState("");
  const [whose, setWhose] = useState<Whose>("all");
  if (pipelines.data?.length === 0) {
    return <Navigate to="/welcome" replace />;
  }
  return (
    <DropArea
      title={t("import.drop")}
      text={t("import.dropText")}
      onDrop={({ files }) => files[0] && make.openFile(files[0])}
    >
      <Page
        title={t("common:nav.pipelines")}
        actions={
          <>
            <ImportFileButton onFile={make.openFile} />
            <Button
              component={Link}
              to="/welcome"
              leftSection={<IconPlus size={14} aria-hidden />}
              loading={make.isMaking}
            >
              {t("new")}
            </Button>
          </>
        }
        toolbar={
          <>
            <TextInput
              w={240}
              type="search"
              aria-label={t("search")}
              placeholder={t("search")}
              leftSection={<IconSearch size={14} aria-hidden />}
              value={search}
              onChange={(event) => setSearch(event.currentTarget.value)}
            />
            <SegmentedControl
              aria-label={t("whose.label")}
              data={WHOSE.map((value) => ({ value, label: t(`whose.${value}`) }))}
              value={whose}
              onChange={(value) => setWhose(value as Whose)}
            />
          </>
        }
      >
        <Answered query={pipelines}>
          {(all) => <PipelineTable pipelines={all} search={search} whose={whose} />}
        </Answered>
      </Page>
    </DropArea>
  );
}

interface PipelineTableProps {
  pipelines: readonly PipelineSummary[];
  search: string;
  whose: Whose;
}

function PipelineTable({ pipelines, search, whose }: PipelineTableProps) {
  const { t } = useTranslation("pipelines");
  const navigate = useNavigate();
  const user = useUser().name;
  const [shared, share] = useState<PipelineSummary | null>(null);
  const [renamed, rename] = useState<PipelineSummary | null>(null);
  const [deployed, deploy] = useState<RunSummary | null>(null);
  const [bundled, takeBundle] = useState<RunSummary | null>(null);
  const actions = usePipelineActions({ share, rename, deploy, takeBundle });
  const all = useRows(pipelines);
  const rows = useMemo(() => filtered(all, { search, whose, user }), [all, search, whose, user]);
  const latest = useRef(actions);
  latest.current = actions;
  const columns = useMemo(
    () =>
      pipelineColumns(
        t,
        quickActions(t, (row) => latest.current(row)),
      ),
    [t],
  );
  return (
    <div className={classes.screen}>
      <DataTable
        name="pipelines"
        label={t("table")}
        rows={rows}
        columns={columns}
        rowKey={(row) => row.id}
        onOpen={(row) => navigate(`/pipelines/${row.id}`)}
        actions={actions}
        empty={t("nothingFound")}
      />
      {shared && (
        <ShareDialog
          kind="pipelines"
          id={shared.id}
          right={shared.right}
          isOpen
          onClose={() => share(null)}
        />
      )}
      <RenameDialog pipeline={renamed} onClose={() => rename(null)} />
      {deployed && (
        <DeployDialog run={deployed.id} name={deployed.pipeline} onClose={() => deploy(null)} />
      )}
      {bundled && <BundleDialog run={bundled.id} onClose={() => takeBundle(null)} />}
    </div>
  );
}

/** The pipelines with their newest runs and what is served of them, asked for one by one where they are not among the recent ones. */
function useRows(pipelines: readonly PipelineSummary[]) {
  const recent = useQuery(latestRunsQuery).data;
  const missing = useMemo(
    () =>
      recent === undefined || recent.isComplete
        ? []
        : pipelines
            .filter(({ id, name }) => !recent.latest.has(id) && !recent.latest.has(name))
            .map(({ name }) => name),
    [pipelines, recent],
  );
  const older = useQuery(olderRunsQuery(missing)).data;
  const served = useQuery(deploymentsQuery).data;
  return useMemo(
    () => rowsOf(pipelines, [recent?.latest, older], served),
    [pipelines, recent, older, served],
  );
}
