import { TextInput } from "@mantine/core";
import { IconPhotoPlus, IconSearch, IconSearchOff } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Answered } from "@/ui/Answered";
import { EmptyState } from "@/ui/EmptyState";
import { formatBytes } from "@/ui/formatting";
import { Page } from "@/ui/Page";
import { ProblemNotice } from "@/ui/ProblemNotice";
import classes from "./DataScreen.module.css";
import { DatasetCard } from "./DatasetCard";
import { DropArea } from "./DropArea";
import { type Dataset, datasetsQuery, newestOf } from "./datasets";
import { type Sending, useSending } from "./sending";
import { UploadButton } from "./UploadButton";
import { UploadList } from "./UploadList";

/** All data sets one may see, and the way to bring in more. */
export function Component() {
  const { t } = useTranslation("data");
  const [text, setText] = useState("");
  const query = useQuery(datasetsQuery);
  const sending = useSending();
  return (
    <DropArea title={t("drop.title")} text={t("drop.text")} onDrop={sending.sendDrop}>
      <Page
        title={t("title")}
        actions={<UploadButton sending={sending} />}
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
            <Total datasets={query.data?.datasets ?? []} />
          </>
        }
      >
        {sending.problem !== null && (
          <div className={classes.problem}>
            <ProblemNotice problem={sending.problem} onClose={sending.forgetProblem} />
          </div>
        )}
        <Answered query={query}>
          {({ datasets }) => (
            <>
              <UploadList datasets={datasets} sending={sending} />
              <Cards datasets={newestOf(datasets)} text={text} sending={sending} />
            </>
          )}
        </Answered>
      </Page>
    </DropArea>
  );
}

function Total({ datasets }: { datasets: readonly Dataset[] }) {
  const { t } = useTranslation("data");
  const arrived = datasets.filter((each) => each.is_complete);
  const bytes = arrived.reduce((sum, each) => sum + each.size_bytes, 0);
  return arrived.length === 0 ? null : (
    <span className={classes.total}>
      {t("total", { count: newestOf(arrived).length, bytes: formatBytes(bytes) })}
    </span>
  );
}

interface CardsProps {
  datasets: readonly Dataset[];
  text: string;
  sending: Sending;
}

function Cards({ datasets, text, sending }: CardsProps) {
  const { t } = useTranslation("data");
  if (datasets.length === 0) {
    return (
      <EmptyState
        icon={IconPhotoPlus}
        title={t("empty.title")}
        action={<UploadButton sending={sending} />}
      >
        {t("empty.text")}
      </EmptyState>
    );
  }
  const wanted = text.trim().toLocaleLowerCase();
  const shown = datasets.filter((each) =>
    [each.name, each.description, each.file_name, each.owner ?? ""].some((said) =>
      said.toLocaleLowerCase().includes(wanted),
    ),
  );
  return shown.length === 0 ? (
    <EmptyState icon={IconSearchOff} title={t("nothingFound.title")}>
      {t("nothingFound.text", { text })}
    </EmptyState>
  ) : (
    <ul className={classes.cards}>
      {shown.map((dataset) => (
        <li key={dataset.id}>
          <DatasetCard dataset={dataset} />
        </li>
      ))}
    </ul>
  );
}
