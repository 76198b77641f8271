import { Button } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { formatDuration } from "@/ui/formatting";
import { ProblemNotice } from "@/ui/ProblemNotice";
import classes from "./BundleButton.module.css";
import { type BundleProgress, bundleReady, bundleUrl, download } from "./bundle";

/** Downloads a run's bundle; says how far it is while it is made. */
export function BundleButton({ run }: { run: string }) {
  const { t } = useTranslation("deployments");
  const { progress, problem, isPending, begin } = useBundle(run);
  return (
    <div className={classes.bundle}>
      <Button
        variant="default"
        leftSection={<IconDownload size={14} aria-hidden />}
        loading={isPending}
        onClick={begin}
      >
        {t("action.bundle")}
      </Button>
      {isPending && (
        <span role="status" className={classes.step}>
          {progress === null
            ? t("bundle.asked")
            : progressText(progress, t(`bundle.${stepOf(progress)}`))}
        </span>
      )}
      {problem !== null && <ProblemNotice problem={problem} />}
    </div>
  );
}

/** What is being done; the process that makes bundles needs a moment before it says. */
export const stepOf = ({ state, step }: BundleProgress) =>
  state === "waiting" ? "waiting" : (step ?? "begun");

export const progressText = ({ seconds }: BundleProgress, doing: string): string =>
  `${doing} · ${formatDuration(Math.round(seconds))}`;

/** Making and downloading a bundle; given up when the part of the page goes. */
export function useBundle(run: string, onDone: () => void = () => {}) {
  const [progress, setProgress] = useState<BundleProgress | null>(null);
  const [problem, setProblem] = useState<unknown>(null);
  const [isPending, setPending] = useState(false);
  const stopped = useRef<AbortController | null>(null);
  useEffect(() => () => stopped.current?.abort(), []);
  const begin = () => {
    const controller = new AbortController();
    stopped.current = controller;
    setPending(true);
    setProblem(null);
    setProgress(null);
    bundleReady(run, setProgress, controller.signal)
      .then(() => {
        download(bundleUrl(run));
        onDone();
      })
      .catch((reason: unknown) => {
        if (!controller.signal.aborted) {
          setProblem(reason);
        }
      })
      .finally(() => setPending(false));
  };
  return { progress, problem, isPending, begin };
}
