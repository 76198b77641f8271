import { ActionIcon, Button, Progress } from "@mantine/core";
import {
  IconCircleCheck,
  IconFileZip,
  IconPlayerPause,
  IconPlayerPlay,
  IconX,
} from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { keys } from "@/api/queries";
import { formatBytes, formatDuration } from "@/ui/formatting";
import { tellProblem } from "@/ui/notices";
import { ProblemNotice } from "@/ui/ProblemNotice";
import { type Dataset, deleteDataset, interruptedOf, isLooking } from "./datasets";
import type { Sending } from "./sending";
import { remainingS } from "./speedMeter";
import { useSurveyProgress } from "./surveyProgress";
import classes from "./UploadList.module.css";
import {
  cancelUpload,
  forgetUpload,
  pauseUpload,
  resumeUpload,
  type Upload,
  useUploads,
} from "./uploads";

interface UploadListProps {
  /** All data sets: half-sent ones of earlier visits are among them. */
  datasets: readonly Dataset[];
  sending: Sending;
}

/** What is being sent, and what was begun earlier and not finished. Nothing if there is neither. */
export function UploadList({ datasets, sending }: UploadListProps) {
  const { t } = useTranslation("data");
  const uploads = useUploads((state) => state.uploads);
  const here = new Set(uploads.map((each) => each.dataset));
  const earlier = interruptedOf(datasets).filter((each) => !here.has(each.id));
  if (uploads.length + earlier.length === 0 && sending.packed === null) {
    return null;
  }
  return (
    <section className={classes.uploads} aria-label={t("upload.list")}>
      {sending.packed !== null && (
        <p className={classes.packing} role="status">
          {t("upload.packing", { count: sending.packed })}
        </p>
      )}
      {uploads.map((upload) => (
        <UploadRow
          key={upload.key}
          upload={upload}
          dataset={datasets.find((each) => each.id === upload.dataset)}
        />
      ))}
      {earlier.map((dataset) => (
        <EarlierRow key={dataset.id} dataset={dataset} sending={sending} />
      ))}
    </section>
  );
}

interface UploadRowProps {
  upload: Upload;
  /** What became of it, as soon as the server lists it. */
  dataset: Dataset | undefined;
}

function UploadRow({ upload, dataset }: UploadRowProps) {
  const { t } = useTranslation(["data", "common"]);
  const { key, name, file, state, sentBytes } = upload;
  const canGoOn = state === "paused" || state === "failed";
  const isOver = state === "done" || state === "refused";
  return (
    <div className={classes.row} data-state={state}>
      <UploadIcon isDone={state === "done"} />
      <div className={classes.what}>
        <div className={classes.line}>
          <strong className={classes.name}>{name}</strong>
          <UploadStatus upload={upload} />
        </div>
        {state === "done" && dataset !== undefined && isLooking(dataset.survey_state) && (
          <LookedInto dataset={dataset} />
        )}
        {isOver ? null : (
          <Progress
            size={4}
            value={(100 * sentBytes) / file.size}
            animated={state === "checking"}
            color={state === "failed" ? "red" : undefined}
            aria-label={t("upload.progressOf", { name })}
          />
        )}
        {(state === "failed" || state === "refused") && <ProblemNotice problem={upload.problem} />}
      </div>
      <div className={classes.actions}>
        {(state === "sending" || state === "waiting") && (
          <ActionIcon aria-label={t("upload.pause", { name })} onClick={() => pauseUpload(key)}>
            <IconPlayerPause size={16} />
          </ActionIcon>
        )}
        {canGoOn && (
          <ActionIcon aria-label={t("upload.resume", { name })} onClick={() => resumeUpload(key)}>
            <IconPlayerPlay size={16} />
          </ActionIcon>
        )}
        {state === "done" && upload.dataset && (
          <Button component={Link} to={`/data/${upload.dataset}`} variant="light">
            {t("upload.open")}
          </Button>
        )}
        <ActionIcon
          aria-label={t(isOver ? "upload.dismiss" : "upload.cancel", { name })}
          onClick={() => (isOver ? forgetUpload(key) : cancelUpload(key).catch(tellProblem))}
        >
          <IconX size={16} />
        </ActionIcon>
      </div>
    </div>
  );
}

/** The file is there already, and can be used: its pictures are looked at meanwhile. */
function LookedInto({ dataset }: { dataset: Dataset }) {
  const said = useSurveyProgress(dataset);
  const { survey_progress: progress } = dataset;
  const share = progress?.total ? (100 * progress.done) / progress.total : 0;
  return (
    <>
      <span className={classes.status} role="status">
        {said}
      </span>
      <Progress size={4} value={share || 100} animated={share === 0} aria-label={said} />
    </>
  );
}

/** How much, how fast, how long yet: in words that change with the state. */
function UploadStatus({ upload }: { upload: Upload }) {
  const { t } = useTranslation("data");
  const { state, sentBytes, file, bytesPerS, againAtMs } = upload;
  const waitS = useCountdown(againAtMs);
  const left = remainingS(sentBytes, file.size, bytesPerS);
  const parts = [
    state === "done"
      ? formatBytes(file.size)
      : t("upload.amount", { sent: formatBytes(sentBytes), total: formatBytes(file.size) }),
    state === "sending" && bytesPerS !== null ? `${formatBytes(bytesPerS)}/s` : "",
    state === "sending" && left !== null
      ? t("upload.left", { time: formatDuration(Math.max(1, Math.round(left))) })
      : "",
    state === "waiting" ? t("upload.state.waiting", { seconds: waitS }) : "",
    state === "sending" || state === "waiting" ? "" : t(`upload.state.${state}`),
  ];
  return (
    <span className={classes.status} role="status">
      {parts.filter(Boolean).join(" · ")}
    </span>
  );
}

function useCountdown(untilMs: number | null): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (untilMs === null) {
      return undefined;
    }
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), 500);
    return () => clearInterval(timer);
  }, [untilMs]);
  return untilMs === null ? 0 : Math.max(0, Math.ceil((untilMs - now) / 1000));
}

/** A file of an earlier visit: choosing it again goes on where it stopped. */
function EarlierRow({ dataset, sending }: { dataset: Dataset; sending: Sending }) {
  const { t } = useTranslation(["data", "common"]);
  const client = useQueryClient();
  const input = useRef<HTMLInputElement>(null);
  const remove = useMutation({
    mutationFn: () => deleteDataset(dataset.id, true),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.datasets }),
    onError: tellProblem,
  });
  const { name, file_name, size_bytes, received_bytes } = dataset;
  return (
    <div className={classes.row} data-state="paused">
      <UploadIcon isDone={false} />
      <div className={classes.what}>
        <div className={classes.line}>
          <strong className={classes.name}>{name}</strong>
          <span className={classes.status}>
            {t("upload.amount", {
              sent: formatBytes(received_bytes),
              total: formatBytes(size_bytes),
            })}
            {" · "}
            {t("upload.chooseAgain", { file: file_name })}
          </span>
        </div>
        <Progress size={4} color="gray" value={(100 * received_bytes) / size_bytes} aria-hidden />
      </div>
      <div className={classes.actions}>
        <Button variant="light" onClick={() => input.current?.click()}>
          {t("upload.choose")}
        </Button>
        <ActionIcon aria-label={t("upload.cancel", { name })} onClick={() => remove.mutate()}>
          <IconX size={16} />
        </ActionIcon>
        <input
          ref={input}
          type="file"
          hidden
          aria-label={t("upload.chooseAgain", { file: file_name })}
          onChange={(event) => {
            const files = [...(event.currentTarget.files ?? [])];
            event.currentTarget.value = "";
            sending.sendFiles(files);
          }}
        />
      </div>
    </div>
  );
}

function UploadIcon({ isDone }: { isDone: boolean }) {
  return isDone ? (
    <IconCircleCheck size={20} stroke={1.6} className={classes.done} aria-hidden />
  ) : (
    <IconFileZip size={20} stroke={1.6} aria-hidden />
  );
}
