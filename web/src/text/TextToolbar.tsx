import { openSearchPanel } from "@codemirror/search";
import type { EditorView } from "@codemirror/view";
import { ActionIcon, CopyButton } from "@mantine/core";
import { IconCheck, IconCopy, IconDownload, IconSearch } from "@tabler/icons-react";
import type { RefObject } from "react";
import { useTranslation } from "react-i18next";
import { useEditor } from "@/editor/EditorContext";
import { fileName } from "./fileName";
import classes from "./TextPanel.module.css";

/** Find, copy and download. */
export function TextToolbar({ view }: { view: RefObject<EditorView | null> }) {
  const { t } = useTranslation("text");
  const text = useEditor((state) => state.text);
  const name = useEditor((state) => fileName(state.pipeline.name));
  return (
    <div className={classes.toolbar}>
      <h2 className={classes.title}>{name}</h2>
      <ActionIcon
        aria-label={t("find")}
        title={t("find")}
        onClick={() => view.current && openSearchPanel(view.current)}
      >
        <IconSearch size={16} aria-hidden />
      </ActionIcon>
      <CopyButton value={text}>
        {({ copied, copy }) => (
          <ActionIcon aria-label={t("copy")} title={t(copied ? "copied" : "copy")} onClick={copy}>
            {copied ? <IconCheck size={16} aria-hidden /> : <IconCopy size={16} aria-hidden />}
          </ActionIcon>
        )}
      </CopyButton>
      <ActionIcon aria-label={t("download")} title={t("download")} onClick={() => save(name, text)}>
        <IconDownload size={16} aria-hidden />
      </ActionIcon>
    </div>
  );
}

function save(name: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: "application/yaml" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
}
