import { Button, FileButton, Modal, TextInput, UnstyledButton } from "@mantine/core";
import { IconFileImport, IconHistory } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, dataOf } from "@/api/client";
import { keys } from "@/api/queries";
import { Answered } from "@/ui/Answered";
import { formatAge } from "@/ui/formatting";
import { StateBadge } from "@/ui/StateBadge";
import classes from "./ImportButtons.module.css";

/** Chooses a pipeline file, or the capsule of a run, from the person's machine. */
export function ImportFileButton({ onFile }: { onFile: (file: File) => void }) {
  const { t } = useTranslation("pipelines");
  return (
    <FileButton onChange={(file) => file && onFile(file)} accept=".yaml,.yml,.txt,.json,.zip">
      {(props) => (
        <Button {...props} variant="default" leftSection={<IconFileImport size={14} aria-hidden />}>
          {t("import.file")}
        </Button>
      )}
    </FileButton>
  );
}

/** Makes a pipeline of the text that a run kept in its capsule. */
export function OpenRunButton({ onRun }: { onRun: (run: string) => void }) {
  const { t } = useTranslation("pipelines");
  const [isOpen, open] = useState(false);
  return (
    <>
      <Button
        variant="default"
        leftSection={<IconHistory size={14} aria-hidden />}
        onClick={() => open(true)}
      >
        {t("import.run")}
      </Button>
      <Modal opened={isOpen} onClose={() => open(false)} title={t("import.runTitle")} size="md">
        <RunChoice onRun={onRun} />
      </Modal>
    </>
  );
}

function RunChoice({ onRun }: { onRun: (run: string) => void }) {
  const { t } = useTranslation("pipelines");
  const [text, setText] = useState("");
  const runs = useQuery({
    queryKey: [...keys.runs, "choice", text],
    queryFn: () => dataOf(api.GET("/api/v1/runs", { params: { query: { text, limit: 30 } } })),
    placeholderData: (before) => before,
  });
  return (
    <>
      <p className={classes.text}>{t("import.runText")}</p>
      <TextInput
        label={t("import.runSearch")}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        data-autofocus
      />
      <Answered query={runs}>
        {(page) => (
          <ul className={classes.runs}>
            {page.runs.map((run) => (
              <li key={run.id}>
                <UnstyledButton className={classes.run} onClick={() => onRun(run.id)}>
                  <StateBadge state={run.state} hasWord={false} />
                  <span className={classes.name}>{run.pipeline}</span>
                  <span className={classes.id}>{run.id}</span>
                  <span>{formatAge(run.created)}</span>
                </UnstyledButton>
              </li>
            ))}
            {page.runs.length === 0 && <li className={classes.none}>{t("import.noRun")}</li>}
          </ul>
        )}
      </Answered>
    </>
  );
}
