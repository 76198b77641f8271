import { Button, PasswordInput, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, dataOf, setCsrfToken } from "@/api/client";
import { ProblemNotice } from "@/ui/ProblemNotice";
import classes from "./EntryCard.module.css";
import { PasswordStrength } from "./PasswordStrength";
import { isUserName, MAX_PASSWORD, MIN_PASSWORD } from "./passwords";

interface SignUpFormProps {
  /** The secret of an invitation; null where sign-up is open. */
  invitation: string | null;
  onSignedUp: () => void;
}

/** Name, password and display name of a new account. */
export function SignUpForm({ invitation, onSignedUp }: SignUpFormProps) {
  const { t } = useTranslation("signin");
  const [name, setName] = useState("");
  const [displayName, setDisplayName] = useState("");
  const [password, setPassword] = useState("");
  const signUp = useMutation({
    mutationFn: () =>
      dataOf(
        api.POST("/api/v1/sign-up", {
          body: {
            name: name.trim().toLowerCase(),
            password,
            display_name: displayName,
            invitation,
          },
        }),
      ),
    onSuccess: (session) => {
      setCsrfToken(session.csrf_token);
      onSignedUp();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    signUp.mutate();
  };
  const isNameWrong = name !== "" && !isUserName(name);
  return (
    <form className={classes.fields} onSubmit={submit}>
      <TextInput
        size="sm"
        label={t("name")}
        description={t("nameRule")}
        error={isNameWrong && t("nameWrong")}
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        required
        autoFocus
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <TextInput
        size="sm"
        label={t("displayName")}
        placeholder={t("optional")}
        autoComplete="name"
        maxLength={200}
        value={displayName}
        onChange={(event) => setDisplayName(event.currentTarget.value)}
      />
      <div>
        <PasswordInput
          size="sm"
          label={t("password")}
          autoComplete="new-password"
          visibilityToggleButtonProps={{ "aria-label": t("showPassword") }}
          required
          maxLength={MAX_PASSWORD}
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
        <PasswordStrength password={password} name={name} />
      </div>
      {signUp.isError && <ProblemNotice problem={signUp.error} />}
      <Button
        type="submit"
        size="sm"
        fullWidth
        loading={signUp.isPending}
        disabled={!isUserName(name) || password.length < MIN_PASSWORD}
      >
        {t("makeAccount")}
      </Button>
    </form>
  );
}
