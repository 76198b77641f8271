import { Button, Group, Modal, Stack, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { GrowingText } from "@/ui/GrowingText";
import { ProblemNotice } from "@/ui/ProblemNotice";

/** What something is called and what is said of it. */
export interface Described {
  name: string;
  description: string;
}

interface DescribeDialogProps extends Described {
  title: string;
  /** What another name means. */
  hint?: string;
  isOpen: boolean;
  onSave(changes: Described): Promise<unknown>;
  onClose(): void;
}

/** Asks for a name and a description; stays open with what was typed if saving fails. */
export function DescribeDialog({ title, isOpen, onClose, ...form }: DescribeDialogProps) {
  return (
    <Modal opened={isOpen} onClose={onClose} title={title} size="md">
      <DescribeForm {...form} onClose={onClose} />
    </Modal>
  );
}

function DescribeForm(props: Omit<DescribeDialogProps, "title" | "isOpen">) {
  const { t } = useTranslation(["data", "common"]);
  const [name, setName] = useState(props.name);
  const [description, setDescription] = useState(props.description);
  const save = useMutation({
    mutationFn: (changes: Described) => props.onSave(changes),
    onSuccess: props.onClose,
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate({ name: name.trim(), description });
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        <TextInput
          label={t("describe.name")}
          description={props.hint}
          value={name}
          maxLength={200}
          data-autofocus
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <GrowingText
          label={t("describe.description")}
          minRows={3}
          maxRows={12}
          value={description}
          onChange={(event) => setDescription(event.currentTarget.value)}
        />
        {save.isError && <ProblemNotice problem={save.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={props.onClose}>
            {t("common:action.cancel")}
          </Button>
          <Button type="submit" disabled={name.trim() === ""} loading={save.isPending}>
            {t("common:action.save")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
