import { Button, Menu } from "@mantine/core";
import { IconChevronDown, IconFileZip, IconFolder, IconUpload } from "@tabler/icons-react";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import type { Sending } from "./sending";

const ACCEPTED = ".zip,.parquet,.csv,.tsv,.jsonl,.txt";

/** Choose a file, or a folder that is packed in the browser. */
export function UploadButton({ sending }: { sending: Sending }) {
  const { t } = useTranslation("data");
  const file = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  useEffect(() => folder.current?.setAttribute("webkitdirectory", ""), []);
  const take = (input: HTMLInputElement, send: (files: readonly File[]) => void) => {
    const files = [...(input.files ?? [])];
    input.value = ""; // the same file can be chosen again
    if (files.length > 0) {
      send(files);
    }
  };
  return (
    <Button.Group>
      <Button
        leftSection={<IconUpload size={14} aria-hidden />}
        onClick={() => file.current?.click()}
      >
        {t("upload.action")}
      </Button>
      <Menu position="bottom-end">
        <Menu.Target>
          <Button px={6} aria-label={t("upload.more")} style={{ borderInlineStartWidth: 1 }}>
            <IconChevronDown size={14} aria-hidden />
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<IconFileZip size={14} />} onClick={() => file.current?.click()}>
            {t("upload.file")}
          </Menu.Item>
          <Menu.Item leftSection={<IconFolder size={14} />} onClick={() => folder.current?.click()}>
            {t("upload.folder")}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <input
        ref={file}
        type="file"
        hidden
        multiple
        accept={ACCEPTED}
        aria-label={t("upload.file")}
        onChange={(event) => take(event.currentTarget, sending.sendFiles)}
      />
      <input
        ref={folder}
        type="file"
        hidden
        multiple
        aria-label={t("upload.folder")}
        onChange={(event) => take(event.currentTarget, sending.sendFolder)}
      />
    </Button.Group>
  );
}
