import { Button, Checkbox, TextInput } from "@mantine/core";
import { IconPlayerPlayFilled } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, dataOf } from "@/api/client";
import { useEditor, useEditorActions } from "@/editor/EditorContext";
import type { RunSelection } from "@/editor/types";
import type { Engine } from "@/tables/engines";
import { tellProblem } from "@/ui/notices";
import { EngineChoice } from "./EngineChoice";
import { PlannedJobs } from "./PlannedJobs";
import classes from "./PlanPreview.module.css";
import { usePlanSummary } from "./usePlanSummary";

/** What a run would do, and the ways to start one. */
export function RunOptions({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation("inspector");
  const graph = useEditor((state) => state.graph);
  const selection = useEditor((state) => state.selection);
  const summary = usePlanSummary();
  const [description, describe] = useState("");
  const [isTrial, setTrial] = useState(false);
  const [ignoresCache, setIgnoring] = useState(false);
  const [engine, setEngine] = useState<Engine | null>(null);
  const start = useDescribedRun();
  const selected = [...selection];
  const run = (part: RunSelection) => {
    const all = graph?.nodes.map(({ id }) => id) ?? [];
    const force = ignoresCache ? (part.to ?? all) : (part.force ?? []);
    start({ ...part, force }, { description, isTrial, engine }).then(onDone, tellProblem);
  };
  return (
    <div className={classes.options}>
      <p className={classes.planSummary}>{summary || t("run.noPlan")}</p>
      <PlannedJobs />
      <TextInput
        label={t("run.description")}
        placeholder={t("run.descriptionPlaceholder")}
        value={description}
        onChange={(event) => describe(event.currentTarget.value)}
      />
      <EngineChoice engine={engine} onChoose={setEngine} />
      <div className={classes.checks}>
        <Checkbox
          label={t("run.ignoreCache")}
          checked={ignoresCache}
          onChange={(event) => setIgnoring(event.currentTarget.checked)}
        />
        <Checkbox
          label={t("run.trial")}
          title={t("run.trialHelp")}
          checked={isTrial}
          onChange={(event) => setTrial(event.currentTarget.checked)}
        />
      </div>
      <div className={classes.actions}>
        <Button
          data-autofocus
          leftSection={<IconPlayerPlayFilled size={14} aria-hidden />}
          onClick={() => run({})}
        >
          {t("run.run")}
        </Button>
        <Button
          variant="default"
          disabled={selected.length === 0}
          title={t("run.toSelectedHelp")}
          onClick={() => run({ to: selected })}
        >
          {t("run.toSelected")}
        </Button>
        <Button
          variant="default"
          disabled={selected.length === 0}
          title={t("run.onlySelectedHelp")}
          onClick={() => run({ to: selected, from: selected, force: selected })}
        >
          {t("run.onlySelected")}
        </Button>
      </div>
    </div>
  );
}

interface RunWords {
  description: string;
  /** A trial is not listed and not kept. */
  isTrial: boolean;
  /** What executes tables; null: what the project says. */
  engine: Engine | null;
}

/** Start a run with a description, as a trial or on another engine, and watch it. */
function useDescribedRun(): (part: RunSelection, words: RunWords) => Promise<void> {
  const { saved, startRun, watchRun } = useEditorActions();
  const pipeline = useEditor((state) => state.pipeline.id);
  return async (part, { description, isTrial, engine }) => {
    if (description === "" && !isTrial && engine === null) {
      await startRun(part);
      return;
    }
    await saved();
    const { to = [], from = [], force = [] } = part;
    const body = { pipeline, to, from, force, variables: {}, priority: 0 };
    const run = await dataOf(
      api.POST("/api/v1/runs", { body: { ...body, description, scratch: isTrial, engine } }),
    );
    watchRun(run.id);
  };
}
