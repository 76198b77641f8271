import { Button, Select, TextInput } from "@mantine/core";
import { IconCheck, IconPencilCheck } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { keys } from "@/api/queries";
import type { Try } from "@/models/predicting";
import { ProblemNotice } from "@/ui/ProblemNotice";
import classes from "./CorrectAnswer.module.css";
import { type Draft, draftOf, isComplete, saveCorrection } from "./corrections";
import type { Deployment } from "./deployments";
import { ObjectsEditor } from "./ObjectsEditor";

interface CorrectAnswerProps {
  deployment: Deployment;
  shown: Try;
}

/** Below an answer: say what the picture really shows, and keep both as a labelled sample. */
export function CorrectAnswer({ deployment, shown }: CorrectAnswerProps) {
  const { t } = useTranslation("deployments");
  const [draft, write] = useState<Draft | null>(null);
  const client = useQueryClient();
  const save = useMutation({
    mutationFn: ({ picture, answer }: { picture: Blob; answer: Draft }) =>
      saveCorrection(deployment.id, picture, answer),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.deployments }),
  });
  const { prediction, file } = shown;
  const begin = prediction && draftOf(deployment.task, prediction);
  if (begin === null || file === null) {
    return null;
  }
  if (save.isSuccess) {
    return (
      <p className={classes.saved} role="status">
        <IconCheck size={16} aria-hidden /> {t("correct.saved", { number: save.data.number })}
      </p>
    );
  }
  if (draft === null) {
    return (
      <div>
        <Button
          variant="default"
          leftSection={<IconPencilCheck size={14} aria-hidden />}
          onClick={() => write(begin)}
        >
          {t("correct.begin")}
        </Button>
      </div>
    );
  }
  return (
    <form
      className={classes.form}
      aria-label={t("correct.begin")}
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate({ picture: file, answer: draft });
      }}
    >
      <p className={classes.text}>{t("correct.text")}</p>
      <DraftEditor deployment={deployment} shown={shown} draft={draft} onChange={write} />
      {save.isError && <ProblemNotice problem={save.error} />}
      <div className={classes.buttons}>
        <Button type="submit" disabled={!isComplete(draft)} loading={save.isPending}>
          {t("correct.save")}
        </Button>
        <Button variant="default" onClick={() => write(null)}>
          {t("common:action.cancel")}
        </Button>
      </div>
    </form>
  );
}

interface DraftEditorProps extends CorrectAnswerProps {
  draft: Draft;
  onChange(draft: Draft): void;
}

function DraftEditor({ deployment, shown, draft, onChange }: DraftEditorProps) {
  const { t } = useTranslation("deployments");
  const labels = deployment.revision?.models[0]?.labels ?? [];
  switch (draft.kind) {
    case "label":
      return (
        <LabelField
          labels={labels}
          value={draft.label}
          onChange={(label) => onChange({ kind: "label", label })}
        />
      );
    case "text":
      return (
        <TextInput
          w={420}
          maw="100%"
          autoFocus
          label={t("correct.reads")}
          value={draft.text}
          maxLength={2000}
          onChange={(event) => onChange({ kind: "text", text: event.currentTarget.value })}
        />
      );
    case "objects":
      return (
        <ObjectsEditor
          shown={shown}
          labels={labels}
          objects={draft.objects}
          onChange={(objects) => onChange({ kind: "objects", objects })}
        />
      );
  }
}

interface LabelFieldProps {
  labels: readonly string[];
  value: string;
  onChange(label: string): void;
}

/** One of the labels the model knows; another one can be typed: it may be what it has to learn. */
function LabelField({ labels, value, onChange }: LabelFieldProps) {
  const { t } = useTranslation("deployments");
  const [isOther, typeOther] = useState(false);
  if (isOther) {
    return (
      <TextInput
        w={280}
        autoFocus
        label={t("correct.otherLabel")}
        description={t("correct.otherHint")}
        value={value}
        maxLength={500}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
    );
  }
  return (
    <div className={classes.label}>
      <Select
        w={280}
        autoFocus
        openOnFocus={false}
        searchable
        label={t("correct.shows")}
        nothingFoundMessage={t("correct.noLabel")}
        allowDeselect={false}
        data={[...labels]}
        value={value}
        onChange={(label) => label !== null && onChange(label)}
      />
      <Button
        variant="subtle"
        onClick={() => {
          onChange("");
          typeOther(true);
        }}
      >
        {t("correct.other")}
      </Button>
    </div>
  );
}
