import { Button, PasswordInput, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, dataOf, Refusal, setCsrfToken } from "@/api/client";
import type { SessionInfo } from "@/api/session";
import { useCountdown } from "./countdown";
import classes from "./EntryCard.module.css";

interface SignInFormProps {
  /** A name to begin with: of the one whose session has ended. */
  name?: string;
  onSignedIn: (session: SessionInfo) => void;
}

/** Name and password; what was typed stays after a refusal, and a wait is counted down. */
export function SignInForm({ name: known = "", onSignedIn }: SignInFormProps) {
  const { t } = useTranslation("signin");
  const [name, setName] = useState(known);
  const [password, setPassword] = useState("");
  const passwordField = useRef<HTMLInputElement>(null);
  const { secondsLeft, start } = useCountdown();
  const signIn = useMutation({
    mutationFn: () => dataOf(api.POST("/api/v1/session", { body: { name, password } })),
    onSuccess: (session) => {
      setCsrfToken(session.csrf_token);
      onSignedIn(session);
    },
    onError: (problem) => {
      if (problem instanceof Refusal && problem.retryAfterS !== null) {
        start(problem.retryAfterS);
      }
      passwordField.current?.select();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    signIn.mutate();
  };
  return (
    <form className={classes.fields} onSubmit={submit}>
      <TextInput
        size="sm"
        label={t("name")}
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        required
        withAsterisk={false}
        autoFocus={known === ""}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <PasswordInput
        size="sm"
        ref={passwordField}
        label={t("password")}
        autoComplete="current-password"
        visibilityToggleButtonProps={{ "aria-label": t("showPassword") }}
        required
        withAsterisk={false}
        autoFocus={known !== ""}
        value={password}
        onChange={(event) => setPassword(event.currentTarget.value)}
      />
      <SignInProblem problem={signIn.error} secondsLeft={secondsLeft} />
      <Button
        type="submit"
        size="sm"
        fullWidth
        loading={signIn.isPending}
        disabled={secondsLeft > 0 || name === "" || password === ""}
      >
        {secondsLeft > 0 ? t("wait", { count: secondsLeft }) : t("signIn")}
      </Button>
    </form>
  );
}

function SignInProblem({ problem, secondsLeft }: { problem: Error | null; secondsLeft: number }) {
  const { t } = useTranslation(["signin", "common"]);
  const says = (status: number) => problem instanceof Refusal && problem.status === status;
  let text = problem?.message;
  if (says(401)) {
    text = t("wrong");
  } else if (says(429)) {
    text = secondsLeft > 0 ? t("tooMany") : "";
  } else if (says(0)) {
    text = t("common:problem.unreachable");
  }
  return text ? (
    <p className={classes.error} role="alert">
      {text}
    </p>
  ) : null;
}
