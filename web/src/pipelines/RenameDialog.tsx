import { Button, Group, Modal, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { keys } from "@/api/queries";
import { ProblemNotice } from "@/ui/ProblemNotice";
import { type PipelineSummary, rename } from "./pipelines";

interface RenameDialogProps {
  /** Null while the dialog is closed. */
  pipeline: PipelineSummary | null;
  onClose: () => void;
}

/** Gives a pipeline another name; runs keep the one they had. */
export function RenameDialog({ pipeline, onClose }: RenameDialogProps) {
  const { t } = useTranslation(["pipelines", "common"]);
  return (
    <Modal opened={pipeline !== null} onClose={onClose} title={t("rename.title")} size="sm">
      {pipeline && <RenameForm key={pipeline.id} pipeline={pipeline} onClose={onClose} />}
    </Modal>
  );
}

function RenameForm({ pipeline, onClose }: { pipeline: PipelineSummary; onClose: () => void }) {
  const { t } = useTranslation(["pipelines", "common"]);
  const client = useQueryClient();
  const [name, setName] = useState(pipeline.name);
  const change = useMutation({
    mutationFn: () => rename(pipeline, name),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: keys.pipelines });
      onClose();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    change.mutate();
  };
  return (
    <form onSubmit={submit}>
      <TextInput
        label={t("column.name")}
        description={t("rename.text")}
        value={name}
        maxLength={200}
        onChange={(event) => setName(event.currentTarget.value)}
        data-autofocus
      />
      {change.isError && <ProblemNotice problem={change.error} onClose={change.reset} />}
      <Group justify="flex-end" mt="lg">
        <Button variant="default" onClick={onClose}>
          {t("common:action.cancel")}
        </Button>
        <Button type="submit" loading={change.isPending} disabled={name.trim() === ""}>
          {t("common:action.rename")}
        </Button>
      </Group>
    </form>
  );
}
