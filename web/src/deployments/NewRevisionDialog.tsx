import { Button, Group, Modal, Select, Stack } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, dataOf } from "@/api/client";
import { keys } from "@/api/queries";
import { formatAge } from "@/ui/formatting";
import { ProblemNotice } from "@/ui/ProblemNotice";
import { createRevision, type Deployment } from "./deployments";

const RECENT = 50;

interface NewRevisionDialogProps {
  deployment: Deployment;
  onClose(): void;
}

/** Choose a run whose models take over; the ones that answer now go on until those are ready. */
export function NewRevisionDialog({ deployment, onClose }: NewRevisionDialogProps) {
  const { t } = useTranslation(["deployments", "common"]);
  const client = useQueryClient();
  const runs = useRuns(deployment);
  const [chosen, choose] = useState<string | null>(null);
  const save = useMutation({
    mutationFn: (run: string) => createRevision(deployment.id, run),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: keys.deployments });
      onClose();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (chosen !== null) {
      save.mutate(chosen);
    }
  };
  return (
    <Modal opened onClose={onClose} title={t("renew.title", { name: deployment.name })} size="md">
      <form onSubmit={submit}>
        <Stack gap="md">
          <Select
            data-autofocus
            searchable
            label={t("renew.run")}
            description={t("renew.hint")}
            nothingFoundMessage={t("renew.none")}
            data={runs}
            value={chosen}
            onChange={choose}
          />
          {save.isError && <ProblemNotice problem={save.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t("common:action.cancel")}
            </Button>
            <Button type="submit" disabled={chosen === null} loading={save.isPending}>
              {t("renew.action")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

/** Runs that succeeded, those of the same pipeline first. */
function useRuns({ revision }: Deployment): { value: string; label: string }[] {
  const { data } = useQuery({
    queryKey: [...keys.runs, "to deploy"],
    queryFn: () =>
      dataOf(
        api.GET("/api/v1/runs", { params: { query: { state: ["succeeded"], limit: RECENT } } }),
      ),
  });
  const runs = data?.runs ?? [];
  const isSame = ({ pipeline }: { pipeline: string }) => pipeline === revision?.pipeline;
  return [...runs.filter(isSame), ...runs.filter((run) => !isSame(run))].map((run) => ({
    value: run.id,
    label: `${run.pipeline} · ${formatAge(run.created)} · ${run.id}`,
  }));
}
