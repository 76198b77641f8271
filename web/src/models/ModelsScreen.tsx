import { Button, SegmentedControl, Select, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconBrain, IconSearch, IconSearchOff } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate } from "react-router";
import { DataTable } from "@/ui/DataTable";
import { EmptyState } from "@/ui/EmptyState";
import { Loading } from "@/ui/Loading";
import { Page } from "@/ui/Page";
import { ProblemNotice } from "@/ui/ProblemNotice";
import classes from "./ModelsScreen.module.css";
import { useModelColumns } from "./modelColumns";
import { type ModelFilter, modelsQuery, TASKS } from "./models";

type Kind = "all" | "registered" | "runs";
const REGISTERED = { all: null, registered: true, runs: false } as const;

/** All trained models one may see. */
export function Component() {
  const { t } = useTranslation("models");
  const [text, setText] = useState("");
  const [kind, setKind] = useState<Kind>("all");
  const [task, setTask] = useState<string | null>(null);
  const [settled] = useDebouncedValue(text.trim(), 250);
  return (
    <div className={classes.screen}>
      <Page
        title={t("title")}
        toolbar={
          <>
            <TextInput
              w={280}
              leftSection={<IconSearch size={14} aria-hidden />}
              placeholder={t("search")}
              aria-label={t("search")}
              value={text}
              onChange={(event) => setText(event.currentTarget.value)}
            />
            <Select
              w={180}
              clearable
              maxDropdownHeight={360}
              placeholder={t("allTasks")}
              aria-label={t("column.task")}
              data={TASKS.map((value) => ({ value, label: t(`task.${value}`) }))}
              value={task}
              onChange={setTask}
            />
            <SegmentedControl
              aria-label={t("kind.label")}
              value={kind}
              onChange={(value) => setKind(value as Kind)}
              data={(["all", "registered", "runs"] as const).map((value) => ({
                value,
                label: t(`kind.${value}`),
              }))}
            />
          </>
        }
      >
        <Models filter={{ text: settled, task, registered: REGISTERED[kind] }} />
      </Page>
    </div>
  );
}

function Models({ filter }: { filter: ModelFilter }) {
  const { t } = useTranslation("models");
  const navigate = useNavigate();
  const columns = useModelColumns();
  const query = useInfiniteQuery({ ...modelsQuery(filter), placeholderData: (before) => before });
  const rows = useMemo(() => query.data?.pages.flatMap((page) => page.models) ?? [], [query.data]);
  if (query.data === undefined) {
    return query.isError ? <ProblemNotice problem={query.error} /> : <Loading />;
  }
  const isFiltered = filter.text !== "" || filter.task !== null || filter.registered !== null;
  return (
    <DataTable
      name="models"
      label={t("title")}
      rows={rows}
      columns={columns}
      rowKey={(model) => model.id}
      onOpen={(model) => navigate(`/models/${model.id}`)}
      total={query.data.pages[0]?.total ?? rows.length}
      onEndReached={() => {
        if (query.hasNextPage && !query.isFetchingNextPage) {
          void query.fetchNextPage();
        }
      }}
      empty={isFiltered ? <NothingFound /> : <NoModels />}
    />
  );
}

function NothingFound() {
  const { t } = useTranslation("models");
  return (
    <EmptyState icon={IconSearchOff} title={t("nothingFound.title")}>
      {t("nothingFound.text")}
    </EmptyState>
  );
}

function NoModels() {
  const { t } = useTranslation("models");
  return (
    <EmptyState
      icon={IconBrain}
      title={t("empty.title")}
      action={
        <Button component={Link} to="/pipelines">
          {t("empty.action")}
        </Button>
      }
    >
      {t("empty.text")}
    </EmptyState>
  );
}
