import { Button, Group } from "@mantine/core";
import type { FormEvent, ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { show } from "./view";

interface PromptFormProps {
  isValid: boolean;
  /** What the button says; to save, if nothing else. */
  action?: string;
  onSubmit: () => void;
  children: ReactNode;
}

/** A small dialogue with one thing to do; it closes when that is done. */
export function PromptForm({ isValid, action, onSubmit, children }: PromptFormProps) {
  const { t } = useTranslation();
  const close = () => show({ prompt: null });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isValid) {
      close(); // what is submitted may open something else
      onSubmit();
    }
  };
  return (
    <form onSubmit={submit}>
      {children}
      <Group justify="flex-end" mt="md">
        <Button variant="default" onClick={close}>
          {t("action.cancel")}
        </Button>
        <Button type="submit" disabled={!isValid}>
          {action ?? t("action.save")}
        </Button>
      </Group>
    </form>
  );
}
