import { Button, Group, Modal, Progress, Stack } from "@mantine/core";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { ProblemNotice } from "@/ui/ProblemNotice";
import { progressText, stepOf, useBundle } from "./BundleButton";

/** Makes a run's bundle and downloads it, wherever only a menu offers that. Closes when the download begins. */
export function BundleDialog({ run, onClose }: { run: string; onClose(): void }) {
  const { t } = useTranslation(["deployments", "common"]);
  const { progress, problem, begin } = useBundle(run, onClose);
  // biome-ignore lint/correctness/useExhaustiveDependencies: it begins once, when the dialogue opens
  useEffect(begin, [run]);
  return (
    <Modal opened onClose={onClose} title={t("action.bundle")} size="md">
      <Stack gap="md">
        {problem === null ? (
          <>
            <Progress value={100} animated aria-label={t("action.bundle")} />
            <span role="status">
              {progress === null
                ? t("bundle.asked")
                : progressText(progress, t(`bundle.${stepOf(progress)}`))}
            </span>
          </>
        ) : (
          <ProblemNotice problem={problem} />
        )}
        <Group justify="flex-end">
          {problem !== null && (
            <Button variant="default" onClick={begin}>
              {t("common:action.retry")}
            </Button>
          )}
          <Button variant="default" onClick={onClose}>
            {t(problem === null ? "common:action.cancel" : "common:action.close")}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
