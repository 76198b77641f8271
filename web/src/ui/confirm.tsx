/** Asking before something is done that cannot be taken back. */
import { Button, Group, Modal, Text, TextInput } from "@mantine/core";
import { type FormEvent, type ReactNode, useCallback, useState } from "react";
import { useTranslation } from "react-i18next";
import { create } from "zustand";

/** What a person is asked. */
export interface Question {
  /** `Delete "digits"?` */
  title: string;
  /** What will be gone and what stays. */
  text?: ReactNode;
  /** The word on the button: `Delete`. */
  action: string;
  /** Red button; the default, because most questions are about losing something. */
  isDangerous?: boolean;
  /** What must be typed before the button works, for what is expensive to lose. */
  typed?: string;
}

interface Asked extends Question {
  answer: (isConfirmed: boolean) => void;
}

const useAsked = create<{ question: Asked | null }>(() => ({ question: null }));

/** Ask, and go on with the answer: `if (await confirm({ title, text, action })) …`. */
export function useConfirm(): (question: Question) => Promise<boolean> {
  return useCallback(
    (question: Question) =>
      new Promise<boolean>((answer) => {
        useAsked.getState().question?.answer(false);
        useAsked.setState({ question: { ...question, answer } });
      }),
    [],
  );
}

/** Where questions appear; mounted once around all screens. */
export function Confirmations() {
  const question = useAsked((asked) => asked.question);
  const close = (isConfirmed: boolean) => {
    useAsked.setState({ question: null });
    question?.answer(isConfirmed);
  };
  return (
    <Modal
      opened={question !== null}
      onClose={() => close(false)}
      title={question?.title}
      size="sm"
    >
      {question && <QuestionForm key={question.title} question={question} onClose={close} />}
    </Modal>
  );
}

/** A dialog that asks is an alert; a Modal gives its contents no other role than `dialog`. */
const asAlert = (form: HTMLFormElement | null) =>
  form?.closest("[role=dialog]")?.setAttribute("role", "alertdialog");

interface QuestionFormProps {
  question: Question;
  onClose: (isConfirmed: boolean) => void;
}

function QuestionForm({ question, onClose }: QuestionFormProps) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState("");
  const isTyped = question.typed === undefined || typed.trim() === question.typed;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isTyped) {
      onClose(true);
    }
  };
  return (
    <form ref={asAlert} onSubmit={submit}>
      {question.text && (
        <Text size="sm" component="div">
          {question.text}
        </Text>
      )}
      {question.typed !== undefined && (
        <TextInput
          mt="md"
          label={t("confirm.type", { text: question.typed })}
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
          data-autofocus
        />
      )}
      <Group justify="flex-end" mt="lg">
        <Button variant="default" onClick={() => onClose(false)}>
          {t("action.cancel")}
        </Button>
        <Button
          type="submit"
          color={question.isDangerous === false ? undefined : "red"}
          disabled={!isTyped}
          data-autofocus={question.typed === undefined ? true : undefined}
        >
          {question.action}
        </Button>
      </Group>
    </form>
  );
}
