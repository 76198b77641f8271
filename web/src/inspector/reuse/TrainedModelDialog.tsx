import { Button, Modal, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconBrain, IconCheck, IconSearch, IconSearchOff } from "@tabler/icons-react";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useEditor } from "@/editor/EditorContext";
import { nodeOf } from "@/graph/reading";
import { formatMetric, mainMetric } from "@/models/metrics";
import { Answered } from "@/ui/Answered";
import { EmptyState } from "@/ui/EmptyState";
import { formatAge, formatTime } from "@/ui/formatting";
import { type Candidate, candidatesOf, candidatesQuery, fits, referencedModel } from "./candidates";
import classes from "./Reuse.module.css";
import { useDemands, useReuse } from "./useReuse";

interface TrainedModelDialogProps {
  node: string;
  onClose(): void;
}

/** Choose the trained model that a node uses instead of training. */
export function TrainedModelDialog({ node, onClose }: TrainedModelDialogProps) {
  const { t } = useTranslation(["inspector", "models", "common"]);
  const { task, classes: wanted } = useDemands(node);
  const [text, setText] = useState("");
  const [settled] = useDebouncedValue(text.trim(), 200);
  const query = useQuery({ ...candidatesQuery(task, settled), placeholderData: keepPreviousData });
  const reuse = useReuse(node);
  return (
    <Modal
      opened
      onClose={onClose}
      size={760}
      title={t("reuse.title", { node })}
      closeButtonProps={{ "aria-label": t("common:action.close") }}
    >
      <div className={classes.dialog}>
        <p className={classes.explained}>
          {t("reuse.explained")}
          {task !== null && ` ${t("reuse.ofTask", { task: t(`models:task.${task}`, task) })}`}
        </p>
        <TextInput
          type="search"
          data-autofocus
          aria-label={t("reuse.search")}
          placeholder={t("reuse.search")}
          leftSection={<IconSearch size={14} aria-hidden />}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        <Answered query={query}>
          {({ models, total }) => (
            <>
              <Candidates
                node={node}
                candidates={candidatesOf(models, wanted)}
                isSearch={settled !== ""}
                onChoose={(reference) => {
                  reuse(reference);
                  onClose();
                }}
              />
              {total > models.length && (
                <p className={classes.dim}>{t("reuse.more", { count: total - models.length })}</p>
              )}
            </>
          )}
        </Answered>
      </div>
    </Modal>
  );
}

interface CandidatesProps {
  node: string;
  candidates: readonly Candidate[];
  isSearch: boolean;
  onChoose(reference: string): void;
}

function Candidates({ node, candidates, isSearch, onChoose }: CandidatesProps) {
  const { t } = useTranslation("inspector");
  const chosen = useEditor(({ graph }) => (graph && nodeOf(graph, node)?.reuse) ?? null);
  const present = useMemo(
    () =>
      chosen &&
      referencedModel(
        candidates.map(({ model }) => model),
        chosen,
      ),
    [candidates, chosen],
  );
  if (candidates.length === 0) {
    return <Nothing isSearch={isSearch} />;
  }
  return (
    <ul className={classes.candidates} aria-label={t("reuse.list")}>
      {candidates.map((candidate) => (
        <li key={candidate.model.id}>
          <CandidateButton
            candidate={candidate}
            isChosen={candidate.model === present}
            onChoose={() => onChoose(candidate.reference)}
          />
        </li>
      ))}
    </ul>
  );
}

interface CandidateButtonProps {
  candidate: Candidate;
  isChosen: boolean;
  onChoose(): void;
}

function CandidateButton({ candidate, isChosen, onChoose }: CandidateButtonProps) {
  const { t } = useTranslation(["inspector", "models"]);
  const { model } = candidate;
  const metric = mainMetric(model);
  return (
    <button
      type="button"
      className={classes.candidate}
      aria-pressed={isChosen}
      data-misfit={!fits(candidate) || undefined}
      onClick={onChoose}
    >
      <span className={classes.line}>
        <span className={classes.name} title={model.description || model.name}>
          {model.name}
        </span>
        {model.version !== null && (
          <span className={classes.chip}>{t("models:version", { number: model.version })}</span>
        )}
        {isChosen && <IconCheck size={14} role="img" aria-label={t("reuse.present")} />}
        <span className={classes.score}>
          {metric === null
            ? t("models:notMeasured")
            : `${t(`models:metric.${metric.name}`)} ${formatMetric(metric)}`}
        </span>
      </span>
      <span className={classes.line}>
        <span className={classes.fit}>
          <ClassesOf candidate={candidate} />
        </span>
        <span>{model.architecture}</span>
        <span>{t(`models:visibility.${model.visibility}`)}</span>
        {model.owner !== null && <span>{model.owner}</span>}
        <span title={formatTime(model.created)}>{formatAge(model.created)}</span>
      </span>
    </button>
  );
}

const NAMED = 6;
const listed = (names: readonly string[]): string =>
  names.slice(0, NAMED).join(", ") + (names.length > NAMED ? " …" : "");

function ClassesOf({ candidate: { model, unknown } }: { candidate: Candidate }) {
  const { t } = useTranslation("inspector");
  const count = model.classes.length;
  if (unknown !== null && unknown.length > 0) {
    return t("reuse.unknown", { count: unknown.length, names: listed(unknown) });
  }
  return count === 0
    ? t("reuse.noClasses")
    : `${t("reuse.classes", { count, shown: count })}: ${listed(model.classes)}`;
}

function Nothing({ isSearch }: { isSearch: boolean }) {
  const { t } = useTranslation("inspector");
  return isSearch ? (
    <EmptyState icon={IconSearchOff} title={t("reuse.nothingFound")} />
  ) : (
    <EmptyState
      icon={IconBrain}
      title={t("reuse.nothing")}
      action={
        <Button variant="default" component={Link} to="/models">
          {t("reuse.toModels")}
        </Button>
      }
    >
      {t("reuse.nothingText")}
    </EmptyState>
  );
}
