import { ActionIcon, CopyButton, Tooltip } from "@mantine/core";
import { IconCheck, IconCopy } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import classes from "./Snippet.module.css";

/** Text to copy into a file or a shell. */
export function Snippet({ label, text }: { label: string; text: string }) {
  const { t } = useTranslation();
  return (
    <div className={classes.snippet}>
      <section className={classes.text} aria-label={label}>
        <pre>{text}</pre>
      </section>
      <CopyButton value={text}>
        {({ copied, copy }) => (
          <Tooltip label={t(copied ? "action.copied" : "action.copy")}>
            <ActionIcon className={classes.copy} aria-label={t("action.copy")} onClick={copy}>
              {copied ? <IconCheck size={16} /> : <IconCopy size={16} />}
            </ActionIcon>
          </Tooltip>
        )}
      </CopyButton>
    </div>
  );
}
