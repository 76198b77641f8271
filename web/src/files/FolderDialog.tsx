import { ActionIcon, Button, Group, Modal, Select, TextInput } from "@mantine/core";
import { IconArrowUp } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { type KeyboardEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Loading } from "@/ui/Loading";
import { ProblemNotice } from "@/ui/ProblemNotice";
import classes from "./FolderDialog.module.css";
import { entryId, FolderEntries } from "./FolderEntries";
import { type FolderEntry, type FolderListing, folderQuery, matching } from "./folders";

interface FolderDialogProps {
  /** The path the setting has now: its folder is opened, or the first one if that cannot be looked into. */
  value: string;
  onChoose(path: string): void;
  onClose(): void;
}

/** Lists folders and files of the server's machine; gives the path of the one that is chosen. */
export default function FolderDialog({ value, onChoose, onClose }: FolderDialogProps) {
  const { t } = useTranslation("files");
  const [path, setPath] = useState(value);
  const listing = useQuery(folderQuery(path));
  if (listing.isError && path === value && value !== "") {
    setPath(""); // what the setting names is elsewhere, or gone
  }
  return (
    <Modal opened onClose={onClose} title={t("title")} size="lg">
      {listing.isError && <ProblemNotice problem={listing.error} />}
      {listing.isError && path !== "" && (
        <Button variant="default" mt="md" onClick={() => setPath("")}>
          {t("start")}
        </Button>
      )}
      {listing.isPending && <Loading />}
      {!listing.isError && listing.data && (
        <FolderView
          key={listing.data.path}
          listing={listing.data}
          value={value}
          onOpen={setPath}
          onChoose={onChoose}
          onClose={onClose}
        />
      )}
    </Modal>
  );
}

interface FolderViewProps extends FolderDialogProps {
  listing: FolderListing;
  onOpen(path: string): void;
}

/** One folder: the text field filters it and has the keyboard. */
function FolderView({ listing, value, onOpen, onChoose, onClose }: FolderViewProps) {
  const { t } = useTranslation(["files", "common"]);
  const [typed, type] = useState("");
  const shown = matching(listing.entries, typed);
  const [active, setActive] = useState(() =>
    Math.max(
      0,
      listing.entries.findIndex((entry) => entry.path === value),
    ),
  );
  const pick = (entry: FolderEntry | undefined) =>
    entry && (entry.is_folder ? onOpen(entry.path) : onChoose(entry.path));
  const press = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const isUp = event.key === "Backspace" ? typed === "" : event.key === "ArrowUp" && event.altKey;
    if (isUp && listing.parent !== null) {
      event.preventDefault();
      onOpen(listing.parent);
    } else if (step !== undefined && !event.altKey) {
      event.preventDefault();
      setActive((active + step + shown.length) % Math.max(1, shown.length));
    } else if (event.key === "Enter" && !event.nativeEvent.isComposing) {
      event.preventDefault();
      pick(shown[active]);
    }
  };
  return (
    <>
      <FolderPlace listing={listing} onOpen={onOpen} />
      <TextInput
        data-autofocus
        autoFocus
        role="combobox"
        aria-expanded
        aria-controls="nl-folder"
        aria-activedescendant={shown[active] && entryId(shown[active])}
        aria-label={t("filter")}
        placeholder={t("filter")}
        value={typed}
        onKeyDown={press}
        onChange={(event) => {
          type(event.currentTarget.value);
          setActive(0);
        }}
      />
      <FolderEntries entries={shown} active={active} onPick={pick} />
      {!listing.is_complete && <p className={classes.note}>{t("cut")}</p>}
      <Group justify="flex-end" mt="md">
        <Button variant="default" onClick={onClose}>
          {t("common:action.cancel")}
        </Button>
        <Button onClick={() => onChoose(listing.path)}>{t("useFolder")}</Button>
      </Group>
    </>
  );
}

interface FolderPlaceProps {
  listing: FolderListing;
  onOpen(path: string): void;
}

/** Which folder is open, the way up, and the other places one may begin at. */
function FolderPlace({ listing, onOpen }: FolderPlaceProps) {
  const { t } = useTranslation("files");
  const { path, parent, roots } = listing;
  const nameOf = (place: string) => (place === "." ? t("project") : place);
  return (
    <div className={classes.place}>
      <ActionIcon
        aria-label={t("up")}
        title={t("up")}
        disabled={parent === null}
        onClick={() => parent !== null && onOpen(parent)}
      >
        <IconArrowUp size={16} aria-hidden />
      </ActionIcon>
      <h3 className={classes.path} title={path}>
        {nameOf(path)}
      </h3>
      {roots.length > 1 && (
        <Select
          aria-label={t("begin")}
          placeholder={t("begin")}
          data={roots.map((root) => ({ value: root, label: nameOf(root) }))}
          value={null}
          onChange={(root) => root !== null && onOpen(root)}
        />
      )}
    </div>
  );
}
