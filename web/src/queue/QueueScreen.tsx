import { IconListCheck } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { api } from "@/api/client";
import { keys } from "@/api/queries";
import { useUser } from "@/api/session";
import { Answered } from "@/ui/Answered";
import { DataTable, type RowAction } from "@/ui/DataTable";
import { EmptyState } from "@/ui/EmptyState";
import { tellProblem } from "@/ui/notices";
import { Page } from "@/ui/Page";
import { AllowanceButton } from "./AllowanceDialog";
import { DevicesPanel } from "./DevicesPanel";
import classes from "./DevicesPanel.module.css";
import { jobColumns } from "./jobColumns";
import { type Move, prioritiesFor } from "./order";
import { devicesQuery, type QueuedJob, queueQuery } from "./queueQueries";

/** Memory is used by everything on the machine, of which no event tells. */
const DEVICES_EVERY_MS = 5_000;

/** `/queue`: what the machine has, which jobs hold it, and which wait for it. */
export function Component() {
  const { t } = useTranslation(["queue", "common"]);
  const devices = useQuery({ ...devicesQuery, refetchInterval: DEVICES_EVERY_MS });
  const queue = useQuery(queueQuery);
  const isAdministrator = useUser().role === "admin";
  return (
    <Page
      title={t("common:nav.queue")}
      actions={isAdministrator && devices.data && <AllowanceButton devices={devices.data} />}
    >
      <div className={classes.screen}>
        <Answered query={devices}>{(all) => <DevicesPanel devices={all} />}</Answered>
        <Answered query={queue}>
          {({ jobs }) =>
            jobs.length === 0 ? (
              <EmptyState icon={IconListCheck} title={t("empty.title")}>
                {t("empty.text")}
              </EmptyState>
            ) : (
              <JobTable jobs={jobs} />
            )
          }
        </Answered>
      </div>
    </Page>
  );
}

function JobTable({ jobs }: { jobs: readonly QueuedJob[] }) {
  const { t } = useTranslation("queue");
  const navigate = useNavigate();
  const reorder = useReordering(jobs);
  const columns = useMemo(() => jobColumns(t, reorder), [t, reorder]);
  const actions = (job: QueuedJob): RowAction[] =>
    (["top", "up", "down"] as const).map((move) => ({
      id: move,
      label: t(`move.${move}`),
      isDisabled: !reorder.canMove(job, move),
      onChoose: () => reorder.move(job, move),
    }));
  return (
    <div className={classes.table}>
      <DataTable
        name="queue"
        label={t("table")}
        rows={jobs}
        columns={columns}
        rowKey={(job) => job.id}
        onOpen={({ run }) => run && navigate(`/runs/${run}`)}
        actions={actions}
      />
    </div>
  );
}

/** Moves a run among those that wait; all its jobs go along. */
function useReordering(jobs: readonly QueuedJob[]) {
  const client = useQueryClient();
  const { mutate } = useMutation({
    mutationFn: async (priorities: ReadonlyMap<string, number>) => {
      for (const [run, priority] of priorities) {
        const path = { run };
        await api.PUT("/api/v1/runs/{run}/priority", { params: { path }, body: { priority } });
      }
    },
    onError: tellProblem,
    onSettled: () => client.invalidateQueries({ queryKey: keys.queue }),
  });
  return useMemo(() => {
    const changes = (job: QueuedJob, move: Move) =>
      job.state === "queued" && job.run !== null ? prioritiesFor(jobs, job.run, move) : new Map();
    return {
      canMove: (job: QueuedJob, move: Move) => changes(job, move).size > 0,
      move: (job: QueuedJob, move: Move) => mutate(changes(job, move)),
    };
  }, [jobs, mutate]);
}
