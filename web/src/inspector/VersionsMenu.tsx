import { Button, Popover, TextInput } from "@mantine/core";
import { IconHistory } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "@/api/client";
import { useEditor, useEditorActions } from "@/editor/EditorContext";
import { Answered } from "@/ui/Answered";
import { formatAge, formatTime } from "@/ui/formatting";
import { tell } from "@/ui/notices";
import { ProblemNotice } from "@/ui/ProblemNotice";
import classes from "./Versions.module.css";
import { versionsQuery } from "./versionQueries";

const VersionsDialog = lazy(() =>
  import("./VersionsDialog").then((module) => ({ default: module.VersionsDialog })),
);

/** Keep, look at, compare and restore versions of the pipeline. */
export function VersionsMenu() {
  const { t } = useTranslation("inspector");
  const [isOpen, open] = useState(false);
  const [shown, show] = useState<number | null>(null);
  return (
    <>
      <Popover
        opened={isOpen}
        onChange={open}
        position="bottom-end"
        width={340}
        shadow="md"
        trapFocus
      >
        <Popover.Target>
          <Button
            variant="subtle"
            color="gray"
            aria-expanded={isOpen}
            leftSection={<IconHistory size={16} aria-hidden />}
            onClick={() => open(!isOpen)}
          >
            {t("versions.title")}
          </Button>
        </Popover.Target>
        <Popover.Dropdown className={classes.dropdown}>
          <SaveVersion />
          <VersionList
            onShow={(number) => {
              show(number);
              open(false);
            }}
          />
        </Popover.Dropdown>
      </Popover>
      {shown !== null && (
        <Suspense fallback={null}>
          <VersionsDialog version={shown} onClose={() => show(null)} />
        </Suspense>
      )}
    </>
  );
}

function SaveVersion() {
  const { t } = useTranslation("inspector");
  const { saveVersion } = useEditorActions();
  const mayEdit = useEditor((state) => state.mayEdit);
  const [message, setMessage] = useState("");
  const save = useMutation({
    mutationFn: () => saveVersion(message),
    onSuccess(number) {
      setMessage("");
      tell(t("versions.saved", { number }));
    },
  });
  if (!mayEdit) {
    return null;
  }
  return (
    <form
      className={classes.save}
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate();
      }}
    >
      <TextInput
        data-autofocus
        className={classes.message}
        aria-label={t("versions.message")}
        placeholder={t("versions.message")}
        value={message}
        onChange={(event) => setMessage(event.currentTarget.value)}
      />
      <Button type="submit" loading={save.isPending}>
        {t("versions.save")}
      </Button>
      {save.isError && <ProblemNotice problem={save.error} />}
    </form>
  );
}

function VersionList({ onShow }: { onShow: (number: number) => void }) {
  const { t } = useTranslation("inspector");
  const { id, num_versions: newest } = useEditor((state) => state.pipeline);
  const versions = useQuery(versionsQuery(id, newest));
  return (
    <Answered query={versions}>
      {(found) =>
        found.versions.length === 0 ? (
          <p className={classes.hint}>{t("versions.none")}</p>
        ) : (
          <ul className={classes.list} aria-label={t("versions.title")}>
            {found.versions.map((version) => (
              <li key={version.number}>
                <VersionRow version={version} onShow={() => onShow(version.number)} />
              </li>
            ))}
          </ul>
        )
      }
    </Answered>
  );
}

interface VersionRowProps {
  version: Schemas["VersionSummary"];
  onShow: () => void;
}

function VersionRow({ version, onShow }: VersionRowProps) {
  const { t } = useTranslation("inspector");
  const { number, message, author, created } = version;
  return (
    <button type="button" className={classes.row} onClick={onShow}>
      <span className={classes.number}>{number}</span>
      <span className={classes.what}>
        <span className={classes.words}>{message || t("versions.noMessage")}</span>
        <span className={classes.hint} title={formatTime(created)}>
          {author} · {formatAge(created)}
        </span>
      </span>
    </button>
  );
}
