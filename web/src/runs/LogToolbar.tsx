import { ActionIcon, Button, Switch, TextInput } from "@mantine/core";
import {
  IconAlertTriangle,
  IconArrowDown,
  IconArrowUp,
  IconCopy,
  IconDownload,
  IconSearch,
} from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { formatCount } from "@/ui/formatting";
import { tell } from "@/ui/notices";
import classes from "./LogViewer.module.css";
import type { LogLines } from "./logLines";

interface LogToolbarProps {
  text: string;
  onText(text: string): void;
  numHits: number;
  hit: number;
  /** To the hit after (1) or before (-1). */
  onHit(by: number): void;
  /** Absent if no line tells of a failure. */
  onFirstProblem?: (() => void) | undefined;
  isFollowing: boolean;
  isComplete: boolean;
  onFollow(follow: boolean): void;
  wraps: boolean;
  onWrap(wraps: boolean): void;
  log: LogLines;
  fileName: string;
}

/** Search, first failure, following, wrapping, taking the log along. */
export function LogToolbar(props: LogToolbarProps) {
  const { t } = useTranslation("runs");
  return (
    <div className={classes.toolbar}>
      <SearchField {...props} />
      {props.onFirstProblem && (
        <Button
          variant="subtle"
          color="red"
          leftSection={<IconAlertTriangle size={14} />}
          onClick={props.onFirstProblem}
        >
          {t("log.firstProblem")}
        </Button>
      )}
      <span className={classes.count}>
        {t("log.lines", {
          count: props.log.dropped + props.log.lines.length,
          shown: formatCount(props.log.dropped + props.log.lines.length),
        })}
      </span>
      {!props.isComplete && (
        <Switch
          label={t("log.follow")}
          checked={props.isFollowing}
          onChange={({ currentTarget: { checked } }) => props.onFollow(checked)}
        />
      )}
      <Switch
        label={t("log.wrap")}
        checked={props.wraps}
        onChange={({ currentTarget: { checked } }) => props.onWrap(checked)}
      />
      <TakeAlong log={props.log} fileName={props.fileName} />
    </div>
  );
}

function SearchField({ text, onText, numHits, hit, onHit }: LogToolbarProps) {
  const { t } = useTranslation("runs");
  return (
    <search className={classes.search}>
      <TextInput
        value={text}
        onChange={(event) => onText(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter") {
            onHit(event.shiftKey ? -1 : 1);
          } else if (event.key === "Escape") {
            onText("");
          }
        }}
        leftSection={<IconSearch size={14} aria-hidden />}
        placeholder={t("log.search")}
        aria-label={t("log.search")}
      />
      <span className={classes.count} role="status">
        {text !== "" &&
          (numHits === 0
            ? t("log.noHit")
            : t("log.hit", { hit: Math.max(hit, 0) + 1, total: formatCount(numHits) }))}
      </span>
      <ActionIcon disabled={numHits === 0} aria-label={t("log.previous")} onClick={() => onHit(-1)}>
        <IconArrowUp size={16} />
      </ActionIcon>
      <ActionIcon disabled={numHits === 0} aria-label={t("log.next")} onClick={() => onHit(1)}>
        <IconArrowDown size={16} />
      </ActionIcon>
    </search>
  );
}

function TakeAlong({ log, fileName }: { log: LogLines; fileName: string }) {
  const { t } = useTranslation("runs");
  const copy = () => {
    void navigator.clipboard?.writeText(log.text()).then(() => tell(t("common:action.copied")));
  };
  const save = () => {
    const address = URL.createObjectURL(new Blob([log.text(), "\n"], { type: "text/plain" }));
    const link = document.createElement("a");
    link.href = address;
    link.download = fileName;
    link.click();
    URL.revokeObjectURL(address);
  };
  return (
    <>
      <ActionIcon aria-label={t("log.copy")} title={t("log.copy")} onClick={copy}>
        <IconCopy size={16} />
      </ActionIcon>
      <ActionIcon aria-label={t("log.download")} title={t("log.download")} onClick={save}>
        <IconDownload size={16} />
      </ActionIcon>
    </>
  );
}
