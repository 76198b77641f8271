import { Alert, Button, JsonInput, Text } from "@mantine/core";
import { IconHandStop } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, dataOf } from "@/api/client";
import { keys } from "@/api/queries";
import { ProblemNotice } from "@/ui/ProblemNotice";
import { parsedAnswer } from "./answers";

interface AnswerFormProps {
  run: string;
  node: string;
  request: Readonly<Record<string, unknown>>;
  mayAnswer: boolean;
}

/** What a node asks of a person, and a form for the answer. */
export function AnswerForm({ run, node, request, mayAnswer }: AnswerFormProps) {
  const { t } = useTranslation("runs");
  const client = useQueryClient();
  const [text, setText] = useState("{}");
  const answer = parsedAnswer(text);
  const send = useMutation({
    mutationFn: (value: Record<string, unknown>) =>
      dataOf(
        api.POST("/api/v1/runs/{run}/answers", {
          params: { path: { run } },
          body: { node, answer: value },
        }),
      ),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.runs }),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (answer !== null) {
      send.mutate(answer);
    }
  };
  return (
    <Alert color="violet" icon={<IconHandStop size={18} />} title={t("answer.title")}>
      <form onSubmit={submit}>
        <Text component="pre" size="xs" style={{ whiteSpace: "pre-wrap", overflow: "auto" }}>
          {JSON.stringify(request, null, 2)}
        </Text>
        <JsonInput
          label={t("answer.label")}
          description={t("answer.help")}
          value={text}
          onChange={setText}
          error={answer === null ? t("answer.invalid") : undefined}
          autosize
          minRows={3}
          formatOnBlur
          disabled={!mayAnswer}
        />
        {send.isError && <ProblemNotice problem={send.error} />}
        <Button
          type="submit"
          mt="sm"
          disabled={!mayAnswer || answer === null}
          loading={send.isPending}
        >
          {t("answer.send")}
        </Button>
      </form>
    </Alert>
  );
}
