import { Button, Modal, SegmentedControl, Select } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useEditor, useEditorActions } from "@/editor/EditorContext";
import { Answered } from "@/ui/Answered";
import { tell, tellProblem } from "@/ui/notices";
import { DifferenceView, type DiffLook } from "./DifferenceView";
import classes from "./Versions.module.css";
import { differenceQuery, type Side, versionQuery, versionsQuery } from "./versionQueries";

interface VersionsDialogProps {
  /** Which one to look at first. */
  version: number;
  onClose: () => void;
}

const LOOKS = ["nodes", "unified", "sideBySide", "file"] as const;
type Look = (typeof LOOKS)[number];

/** A version: what differs from the draft or another one, its whole text, and the way back to it. */
export function VersionsDialog({ version, onClose }: VersionsDialogProps) {
  const { t } = useTranslation("inspector");
  const [before, setBefore] = useState(version);
  const [after, setAfter] = useState<Side>("draft");
  const [look, setLook] = useState<Look>("nodes");
  return (
    <Modal
      opened
      onClose={onClose}
      size={look === "sideBySide" ? 1200 : 820}
      title={t("versions.compare")}
      closeButtonProps={{ "aria-label": t("common:action.close") }}
    >
      <div className={classes.toolbar}>
        <SidePicker
          label={t("versions.before")}
          value={before}
          onChange={(side) => side !== "draft" && setBefore(side)}
        />
        <SidePicker label={t("versions.after")} value={after} hasDraft onChange={setAfter} />
        <SegmentedControl
          aria-label={t("versions.look.label")}
          data={LOOKS.map((name) => ({ value: name, label: t(`versions.look.${name}`) }))}
          value={look}
          onChange={(chosen) => setLook(chosen as Look)}
        />
        <RestoreButton number={before} onDone={onClose} />
      </div>
      {look === "file" ? (
        <VersionFile number={before} />
      ) : (
        <Comparison before={before} after={after} look={look} />
      )}
    </Modal>
  );
}

interface SidePickerProps {
  label: string;
  value: Side;
  hasDraft?: boolean;
  onChange(side: Side): void;
}

function SidePicker({ label, value, hasDraft = false, onChange }: SidePickerProps) {
  const { t } = useTranslation("inspector");
  const { id, num_versions: newest } = useEditor((state) => state.pipeline);
  const { data } = useQuery(versionsQuery(id, newest));
  const versions = (data?.versions ?? []).map(({ number, message }) => ({
    value: String(number),
    label: message ? `${number} · ${message}` : String(number),
  }));
  const draft = hasDraft ? [{ value: "draft", label: t("versions.draft") }] : [];
  return (
    <Select
      className={classes.picker}
      label={label}
      data={[...draft, ...versions]}
      value={String(value)}
      allowDeselect={false}
      onChange={(text) => text !== null && onChange(text === "draft" ? "draft" : Number(text))}
    />
  );
}

interface ComparisonProps {
  before: number;
  after: Side;
  look: DiffLook;
}

function Comparison({ before, after, look }: ComparisonProps) {
  const { saved } = useEditorActions();
  const { id, revision } = useEditor((state) => state.pipeline);
  const [isSaved, setSaved] = useState(false);
  useEffect(() => {
    saved().then(() => setSaved(true), tellProblem); // the server compares what it has
  }, [saved]);
  const difference = useQuery({
    ...differenceQuery(id, { before, after, revision }),
    enabled: isSaved || after !== "draft",
  });
  return (
    <Answered query={difference}>
      {(found) => <DifferenceView difference={found} look={look} />}
    </Answered>
  );
}

function VersionFile({ number }: { number: number }) {
  const pipeline = useEditor((state) => state.pipeline.id);
  const version = useQuery(versionQuery(pipeline, number));
  return (
    <Answered query={version}>{({ text }) => <pre className={classes.file}>{text}</pre>}</Answered>
  );
}

/** The draft becomes this version again, as one step of undo. */
function RestoreButton({ number, onDone }: { number: number; onDone: () => void }) {
  const { t } = useTranslation("inspector");
  const { editText } = useEditorActions();
  const client = useQueryClient();
  const pipeline = useEditor((state) => state.pipeline.id);
  const mayEdit = useEditor((state) => state.mayEdit);
  const restore = useMutation({
    mutationFn: () => client.fetchQuery(versionQuery(pipeline, number)),
    onSuccess({ text }) {
      editText(text);
      tell(t("versions.restored", { number }));
      onDone();
    },
    onError: tellProblem,
  });
  return (
    <Button
      className={classes.restore}
      disabled={!mayEdit}
      loading={restore.isPending}
      onClick={() => restore.mutate()}
    >
      {t("versions.restore", { number })}
    </Button>
  );
}
