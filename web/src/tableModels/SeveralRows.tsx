import { Button, Textarea } from "@mantine/core";
import { IconDownload, IconFileUpload, IconPlayerPlay } from "@tabler/icons-react";
import { useRef } from "react";
import { useTranslation } from "react-i18next";
import { DropArea } from "@/data/DropArea";
import { formatBytes, formatCount, formatMilliseconds } from "@/ui/formatting";
import { tellProblem } from "@/ui/notices";
import { ProblemNotice } from "@/ui/ProblemNotice";
import { exampleText } from "./exampleRows";
import type { AskRows, InputColumn, Row, Target } from "./inputs";
import { RowsGrid } from "./RowsGrid";
import { resultCsv } from "./resultTable";
import type { GivenRows } from "./rowsText";
import classes from "./SeveralRows.module.css";
import { MOST_ROWS, type SeveralRows as Rows, useSeveralRows } from "./useSeveralRows";

interface SeveralRowsProps {
  inputs: readonly InputColumn[];
  targets: readonly Target[];
  ask: AskRows;
  /** Look at one of the rows in the form. */
  onOpen(row: Row): void;
}

/** Rows that are pasted or dropped, what is wrong with them, and what the model says. */
export function SeveralRows({ inputs, targets, ask, onOpen }: SeveralRowsProps) {
  const { t } = useTranslation("tableModels");
  const rows = useSeveralRows(inputs, ask);
  const read = useFileReader(rows.write);
  const { given, unreadable } = rows;
  return (
    <DropArea
      title={t("rows.dropTitle")}
      text={t("rows.dropText")}
      onDrop={({ files }) => void read(files[0])}
    >
      <div className={classes.several}>
        <Textarea
          aria-label={t("rows.text")}
          placeholder={t("rows.placeholder")}
          classNames={{ input: classes.text ?? "" }}
          rows={7}
          resize="vertical"
          spellCheck={false}
          value={rows.text}
          error={unreadable && t(`rows.unreadable.${unreadable}`, { most: formatCount(MOST_ROWS) })}
          onChange={(event) => rows.write(event.currentTarget.value)}
        />
        <div className={classes.buttons}>
          <Button
            leftSection={<IconPlayerPlay size={14} aria-hidden />}
            disabled={!rows.canAsk}
            loading={rows.done !== null}
            onClick={rows.ask}
          >
            {t("rows.predict", {
              count: given?.rows.length ?? 0,
              shown: formatCount(given?.rows.length ?? 0),
            })}
          </Button>
          <FileButton read={read} />
          <Button variant="subtle" onClick={() => rows.write(exampleText(inputs))}>
            {t("rows.example")}
          </Button>
          <Result rows={rows} targets={targets} />
        </div>
        {rows.problem !== null && <ProblemNotice problem={rows.problem} />}
        {given !== null && (
          <>
            <Mistakes given={given} refused={rows.refused} />
            <RowsGrid rows={rows} given={given} targets={targets} onOpen={onOpen} />
          </>
        )}
      </div>
    </DropArea>
  );
}

const MOST_BYTES = 5_000_000;

/** Gives the text of a file away, unless it is too large for a page. */
function useFileReader(write: (text: string) => void): (file: File | undefined) => Promise<void> {
  const { t } = useTranslation("tableModels");
  return async (file) => {
    if (file === undefined) {
      return;
    }
    if (file.size > MOST_BYTES) {
      tellProblem(
        new Error(t("rows.tooLarge", { name: file.name, most: formatBytes(MOST_BYTES) })),
      );
      return;
    }
    try {
      write(await file.text());
    } catch (problem) {
      tellProblem(problem);
    }
  };
}

function FileButton({ read }: { read(file: File | undefined): Promise<void> }) {
  const { t } = useTranslation("tableModels");
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <Button
        variant="default"
        leftSection={<IconFileUpload size={14} aria-hidden />}
        onClick={() => input.current?.click()}
      >
        {t("rows.file")}
      </Button>
      <input
        ref={input}
        type="file"
        hidden
        accept=".csv,.tsv,.txt,.json,.jsonl,.ndjson,text/csv,application/json"
        aria-label={t("rows.file")}
        onChange={(event) => {
          const [file] = [...(event.currentTarget.files ?? [])];
          event.currentTarget.value = "";
          void read(file);
        }}
      />
    </>
  );
}

/** How far it is, and the answers as a file. */
function Result({ rows, targets }: { rows: Rows; targets: readonly Target[] }) {
  const { t } = useTranslation("tableModels");
  const { given, answers, done } = rows;
  if (given === null) {
    return null;
  }
  if (answers === null) {
    return done === null || done === 0 ? null : (
      <span className={classes.note} role="status">
        {t("rows.done", { done: formatCount(done), all: formatCount(given.rows.length) })}
      </span>
    );
  }
  return (
    <>
      <span className={classes.note} role="status">
        {t("rows.answered", {
          count: answers.rows.length,
          shown: formatCount(answers.rows.length),
          time: formatMilliseconds(answers.seconds),
        })}
      </span>
      <Button
        variant="default"
        className={classes.download ?? ""}
        leftSection={<IconDownload size={14} aria-hidden />}
        onClick={() => download(resultCsv(given, answers, targets))}
      >
        {t("rows.download")}
      </Button>
    </>
  );
}

function download(text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = "predictions.csv";
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

const TOLD = 5;

/** What has to be mended first, cell by cell. */
function Mistakes({ given, refused }: { given: GivenRows; refused: ReadonlyMap<string, string> }) {
  const { t } = useTranslation("tableModels");
  const cells = given.rows.flatMap(({ problems, texts }, at) =>
    Object.entries(problems).map(([name, problem]) => ({
      key: `${at}.${name}`,
      text: t("rows.cell", {
        row: formatCount(at + 1),
        name,
        problem: t(`cell.${problem}`),
        text: texts[name] ?? "",
      }),
    })),
  );
  const told = [
    ...cells,
    ...[...refused].map(([key, message]) => ({
      key,
      text: t("rows.refused", { row: formatCount(Number.parseInt(key, 10) + 1), message }),
    })),
  ];
  return (
    <div className={classes.mistakes}>
      {given.lacking.length > 0 && (
        <p role="alert" data-wrong>
          {t("rows.lacking", { count: given.lacking.length, names: given.lacking.join(", ") })}
        </p>
      )}
      {told.length > 0 && (
        <ul role="alert" data-wrong>
          {told.slice(0, TOLD).map(({ key, text }) => (
            <li key={key}>{text}</li>
          ))}
          {told.length > TOLD && <li>{t("rows.moreMistakes", { count: told.length - TOLD })}</li>}
        </ul>
      )}
      {given.unknown.length > 0 && (
        <p>{t("rows.unknown", { count: given.unknown.length, names: given.unknown.join(", ") })}</p>
      )}
    </div>
  );
}
