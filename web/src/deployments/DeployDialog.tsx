import { Button, Group, Modal, NumberInput, Stack, Switch, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { keys } from "@/api/queries";
import { GrowingText } from "@/ui/GrowingText";
import { ProblemNotice } from "@/ui/ProblemNotice";
import { createDeployment } from "./deployments";
import { keepToken } from "./shownToken";

interface DeployDialogProps {
  /** The run whose models are served. */
  run: string;
  /** What to call it, if nobody says otherwise. */
  name: string;
  onClose(): void;
}

const LEAST_PORT = 1024;
const MOST_PORT = 65_535;

/** Serve the models of a run on this machine: asks for a name, and who may call. Leads to the new deployment. */
export function DeployDialog({ run, name, onClose }: DeployDialogProps) {
  const { t } = useTranslation("deployments");
  return (
    <Modal opened onClose={onClose} title={t("deploy.title")} size="md">
      <DeployForm run={run} name={name} onClose={onClose} />
    </Modal>
  );
}

function DeployForm({ run, name: usual, onClose }: DeployDialogProps) {
  const { t } = useTranslation(["deployments", "common"]);
  const client = useQueryClient();
  const navigate = useNavigate();
  const [name, setName] = useState(usual.slice(0, 100));
  const [note, setNote] = useState("");
  const [port, setPort] = useState<number | null>(null);
  const [isProtected, protect] = useState(true);
  const make = useMutation({
    mutationFn: () =>
      createDeployment({ name: name.trim(), run, note, port, protected: isProtected }),
    onSuccess: async ({ id, token }) => {
      if (token !== null) {
        keepToken(id, token);
      }
      await client.invalidateQueries({ queryKey: keys.deployments });
      onClose();
      navigate(`/deployments/${id}`);
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    make.mutate();
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        <TextInput
          data-autofocus
          label={t("deploy.name")}
          value={name}
          maxLength={100}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <NumberInput
          size="xs"
          label={t("deploy.port")}
          description={t("deploy.portHint")}
          placeholder={t("deploy.anyPort")}
          min={LEAST_PORT}
          max={MOST_PORT}
          allowDecimal={false}
          value={port ?? ""}
          onChange={(value) => setPort(typeof value === "number" ? value : null)}
        />
        <Switch
          label={t("deploy.protected")}
          description={t("deploy.protectedHint")}
          checked={isProtected}
          onChange={(event) => protect(event.currentTarget.checked)}
        />
        <GrowingText
          label={t("deploy.note")}
          minRows={2}
          maxRows={8}
          value={note}
          onChange={(event) => setNote(event.currentTarget.value)}
        />
        {make.isError && <ProblemNotice problem={make.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t("common:action.cancel")}
          </Button>
          <Button type="submit" disabled={name.trim() === ""} loading={make.isPending}>
            {t("action.deploy")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
