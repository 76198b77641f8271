import { Popover, UnstyledButton } from "@mantine/core";
import { IconHelpCircle } from "@tabler/icons-react";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import classes from "./Explained.module.css";

interface ExplainedProps {
  /** The word that not everybody knows. */
  term: string;
  /** What it means, in a sentence or two. */
  children: ReactNode;
}

/** A question mark beside a word that cannot be avoided; it says what the word means. */
export function Explained({ term, children }: ExplainedProps) {
  const { t } = useTranslation();
  const [isOpen, open] = useState(false);
  return (
    <Popover opened={isOpen} onChange={open} width={280} position="top" withArrow shadow="md">
      <Popover.Target>
        <UnstyledButton
          className={classes.mark}
          aria-label={t("explain", { term })}
          onClick={(event) => {
            event.stopPropagation();
            open((before) => !before);
          }}
        >
          <IconHelpCircle size={14} stroke={1.6} aria-hidden />
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown className={classes.text}>{children}</Popover.Dropdown>
    </Popover>
  );
}
