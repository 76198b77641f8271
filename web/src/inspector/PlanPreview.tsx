import { ActionIcon, Button, Popover, Tooltip } from "@mantine/core";
import {
  IconAlertTriangle,
  IconChevronDown,
  IconPlayerPlayFilled,
  IconPlayerStopFilled,
} from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useEditor, useEditorActions } from "@/editor/EditorContext";
import { tellProblem } from "@/ui/notices";
import { isFinal } from "@/ui/states";
import classes from "./PlanPreview.module.css";
import { ProblemsList } from "./ProblemsList";
import { RunOptions } from "./RunOptions";
import { RunProgress } from "./RunProgress";
import { usePlanSummary } from "./usePlanSummary";

/** Run the pipeline with one click; beside it what would run and why, and other ways to run. */
export function RunButton() {
  const isActive = useEditor((state) => state.run !== null && !isFinal(state.run.state));
  const isValid = useEditor((state) => state.isValid);
  const mayRun = useEditor((state) => state.mayRun);
  if (isActive) {
    return <ActiveRun mayRun={mayRun} />;
  }
  return isValid ? <ReadyRun mayRun={mayRun} /> : <InvalidRun />;
}

function ReadyRun({ mayRun }: { mayRun: boolean }) {
  const { t } = useTranslation("inspector");
  const { startRun, refreshPlan } = useEditorActions();
  const summary = usePlanSummary();
  const [isOpen, open] = useState(false);
  const [isStarting, setStarting] = useState(false);
  const start = async () => {
    setStarting(true);
    await startRun().catch(tellProblem);
    setStarting(false);
  };
  return (
    <Popover
      opened={isOpen}
      onChange={open}
      position="bottom-end"
      width={440}
      shadow="md"
      trapFocus
    >
      <Popover.Target>
        <div className={classes.split}>
          <Tooltip label={mayRun ? summary || t("run.all") : t("run.mayNot")} disabled={isOpen}>
            <Button
              className={classes.main}
              disabled={!mayRun}
              loading={isStarting}
              leftSection={<IconPlayerPlayFilled size={14} aria-hidden />}
              onClick={() => void start()}
            >
              {t("run.run")}
            </Button>
          </Tooltip>
          <ActionIcon
            className={classes.arrow}
            variant="filled"
            color="accent"
            disabled={!mayRun}
            aria-label={t("run.showPlan")}
            aria-expanded={isOpen}
            title={t("run.showPlan")}
            onClick={() => {
              open(!isOpen);
              void refreshPlan();
            }}
          >
            <IconChevronDown size={14} aria-hidden />
          </ActionIcon>
        </div>
      </Popover.Target>
      <Popover.Dropdown className={classes.dropdown}>
        <RunOptions onDone={() => open(false)} />
      </Popover.Dropdown>
    </Popover>
  );
}

/** Nothing can run: the click that wants to says why. */
function InvalidRun() {
  const { t } = useTranslation("inspector");
  const count = useEditor(
    (state) => state.diagnostics.filter(({ severity }) => severity === "error").length,
  );
  const [isOpen, open] = useState(false);
  return (
    <Popover
      opened={isOpen}
      onChange={open}
      position="bottom-end"
      width={440}
      shadow="md"
      trapFocus
    >
      <Popover.Target>
        <Button
          variant="default"
          aria-expanded={isOpen}
          leftSection={<IconAlertTriangle size={14} className={classes.warning} aria-hidden />}
          onClick={() => open(!isOpen)}
        >
          {t("run.problems", { count })}
        </Button>
      </Popover.Target>
      <Popover.Dropdown className={classes.dropdown}>
        <p className={classes.hint}>{t("run.invalid")}</p>
        <ProblemsList />
      </Popover.Dropdown>
    </Popover>
  );
}

function ActiveRun({ mayRun }: { mayRun: boolean }) {
  const { t } = useTranslation("inspector");
  const { cancelRun } = useEditorActions();
  const [isStopping, setStopping] = useState(false);
  const cancel = async () => {
    setStopping(true);
    await cancelRun().catch((problem: unknown) => {
      setStopping(false);
      tellProblem(problem);
    });
  };
  return (
    <div className={classes.split}>
      <RunProgress />
      <Button
        variant="default"
        disabled={!mayRun || isStopping}
        leftSection={<IconPlayerStopFilled size={14} aria-hidden />}
        onClick={() => void cancel()}
      >
        {t(isStopping ? "run.stopping" : "run.stop")}
      </Button>
    </div>
  );
}
