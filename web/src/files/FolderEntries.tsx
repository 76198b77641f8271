import { IconFile, IconFolder } from "@tabler/icons-react";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { formatBytes } from "@/ui/formatting";
import classes from "./FolderDialog.module.css";
import type { FolderEntry } from "./folders";

/** The id of an entry's element, for the text field above that has the keyboard. */
export const entryId = ({ name }: FolderEntry): string => `nl-folder-${encodeURIComponent(name)}`;

interface FolderEntriesProps {
  entries: readonly FolderEntry[];
  active: number;
  onPick(entry: FolderEntry): void;
}

/** Folders and files of one folder; a click opens or chooses. */
export function FolderEntries({ entries, active, onPick }: FolderEntriesProps) {
  const { t } = useTranslation("files");
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    list.current?.children[active]?.scrollIntoView({ block: "nearest" });
  }, [active]);
  return (
    <div
      id="nl-folder"
      ref={list}
      role="listbox"
      aria-label={t("contents")}
      className={classes.list}
    >
      {entries.map((entry, place) => (
        // biome-ignore lint/a11y/useKeyWithClickEvents: the text field above has the keyboard
        <div
          key={entry.name}
          id={entryId(entry)}
          role="option"
          tabIndex={-1}
          aria-selected={place === active}
          className={classes.entry}
          title={entry.name}
          onClick={() => onPick(entry)}
        >
          {entry.is_folder ? (
            <IconFolder size={16} aria-label={t("folder")} />
          ) : (
            <IconFile size={16} aria-label={t("file")} />
          )}
          <span className={classes.name}>{entry.name}</span>
          <span className={classes.size}>
            {entry.size_bytes !== null && formatBytes(entry.size_bytes)}
          </span>
        </div>
      ))}
      {entries.length === 0 && <p className={classes.note}>{t("nothing")}</p>}
    </div>
  );
}
