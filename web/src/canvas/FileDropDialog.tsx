import { Button, Group, Modal, Progress, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { api, dataOf } from "@/api/client";
import { keys } from "@/api/queries";
import { arrivedSource } from "@/data/arrivedSource";
import { uploadDataset } from "@/data/upload";
import { useEditorActions } from "@/editor/EditorContext";
import { formatBytes } from "@/ui/formatting";
import { ProblemNotice } from "@/ui/ProblemNotice";
import type { DroppedFile } from "./droppedFile";
import { NODE_WIDTH, onGrid, type Point } from "./geometry";
import { show, useCanvasView } from "./view";

const close = () => show({ dropped: null });

/** Asks what to do with a file that was dropped on the canvas. */
export function FileDropDialog() {
  const { t } = useTranslation("canvas");
  const dropped = useCanvasView((view) => view.dropped);
  const kind = dropped?.file.kind;
  return (
    <Modal
      opened={dropped !== null}
      onClose={close}
      title={kind && t(`drop.${kind}`)}
      closeOnClickOutside={kind !== "images"}
    >
      {dropped !== null && <Choices at={dropped.at} file={dropped.file} />}
    </Modal>
  );
}

function Choices({ at, file }: { at: Point; file: DroppedFile }) {
  switch (file.kind) {
    case "pipeline":
    case "capsule":
      return <TextChoices at={at} text={file.text} name={file.name} />;
    case "images":
      return <ImageUpload at={at} file={file.file} />;
    case "unknown":
      return null;
  }
}

function TextChoices({ at, text, name }: { at: Point; text: string; name: string }) {
  const { t } = useTranslation(["canvas", "common"]);
  const actions = useEditorActions();
  const navigate = useNavigate();
  const client = useQueryClient();
  const [problem, setProblem] = useState<unknown>(null);
  const open = async () => {
    const body = { text, visibility: "private" as const };
    const made = await dataOf(api.POST("/api/v1/pipelines", { body }));
    await client.invalidateQueries({ queryKey: keys.pipelines, exact: true });
    close();
    navigate(`/pipelines/${made.id}`);
  };
  const insert = async () => {
    actions.select(await actions.paste(text, at));
    close();
  };
  return (
    <>
      <p>{t("drop.what", { name })}</p>
      {problem !== null && <ProblemNotice problem={problem} />}
      <Group justify="flex-end" mt="md">
        <Button variant="default" onClick={close}>
          {t("common:action.cancel")}
        </Button>
        <Button variant="default" onClick={() => insert().catch(setProblem)}>
          {t("drop.insert")}
        </Button>
        <Button onClick={() => open().catch(setProblem)}>{t("drop.open")}</Button>
      </Group>
    </>
  );
}

/** Sends a zip file of images, then adds the node that reads it. */
function ImageUpload({ at, file }: { at: Point; file: File }) {
  const { t } = useTranslation(["canvas", "common"]);
  const actions = useEditorActions();
  const client = useQueryClient();
  const [name, setName] = useState(file.name.replace(/\.zip$/i, ""));
  const [sent, setSent] = useState<number | null>(null);
  const [problem, setProblem] = useState<unknown>(null);
  const stop = useRef<AbortController | null>(null);
  useEffect(() => () => stop.current?.abort(), []);
  const send = async () => {
    stop.current = new AbortController();
    setSent(0);
    setProblem(null);
    try {
      const dataset = await uploadDataset(file, {
        name,
        signal: stop.current.signal,
        onProgress: (bytes) => setSent(bytes),
      });
      await client.invalidateQueries({ queryKey: keys.datasets });
      const { operator, settings } = await arrivedSource(dataset, stop.current.signal);
      const place = { x: onGrid(at.x - NODE_WIDTH / 2), y: onGrid(at.y - 48) };
      actions.select([actions.addNode(operator, place, settings)]);
      close();
    } catch (failure) {
      setSent(null);
      setProblem(failure);
    }
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <TextInput
        data-autofocus
        label={t("drop.name")}
        description={`${file.name} · ${formatBytes(file.size)}`}
        value={name}
        disabled={sent !== null}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      {sent !== null && (
        <Progress
          value={(100 * sent) / file.size}
          mt="md"
          animated={sent === file.size}
          aria-label={t(sent === file.size ? "drop.looking" : "drop.sending")}
        />
      )}
      {problem !== null && <ProblemNotice problem={problem} />}
      <Group justify="flex-end" mt="md">
        <Button variant="default" onClick={close}>
          {t("common:action.cancel")}
        </Button>
        <Button type="submit" loading={sent !== null} disabled={name.trim() === ""}>
          {t("drop.send")}
        </Button>
      </Group>
    </form>
  );
}
