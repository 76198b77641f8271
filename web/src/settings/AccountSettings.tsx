import { Button, PasswordInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import { keys } from "@/api/queries";
import { useUser } from "@/api/session";
import { PasswordStrength } from "@/signin/PasswordStrength";
import { MIN_PASSWORD } from "@/signin/passwords";
import { tell } from "@/ui/notices";
import { ProblemNotice } from "@/ui/ProblemNotice";
import { Section } from "./Section";
import classes from "./Settings.module.css";

/** Who one is, and one's password. */
export function AccountSettings() {
  const { t } = useTranslation("settings");
  const user = useUser();
  return (
    <>
      <Section title={t("account.title")}>
        <dl className={classes.facts}>
          <dt>{t("account.name")}</dt>
          <dd>{user.name}</dd>
          <dt>{t("account.displayName")}</dt>
          <dd>{user.display_name || "–"}</dd>
          <dt>{t("account.role")}</dt>
          <dd>{t(`role.${user.role}`)}</dd>
        </dl>
      </Section>
      <Section title={t("password.title")} text={t("password.text")}>
        {!user.has_password && <p className={classes.call}>{t("password.none")}</p>}
        <PasswordForm hasPassword={user.has_password} name={user.name} />
      </Section>
    </>
  );
}

function PasswordForm({ hasPassword, name }: { hasPassword: boolean; name: string }) {
  const { t } = useTranslation("settings");
  const client = useQueryClient();
  const [old, setOld] = useState("");
  const [next, setNext] = useState("");
  const change = useMutation({
    mutationFn: () => api.PUT("/api/v1/me/password", { body: { old, new: next } }),
    onSuccess: async () => {
      setOld("");
      setNext("");
      tell(t("password.changed"));
      await client.invalidateQueries({ queryKey: keys.session });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    change.mutate();
  };
  return (
    <form className={classes.form} onSubmit={submit}>
      {hasPassword && (
        <PasswordInput
          label={t("password.old")}
          autoComplete="current-password"
          value={old}
          onChange={(event) => setOld(event.currentTarget.value)}
        />
      )}
      <div>
        <PasswordInput
          label={t("password.new")}
          autoComplete="new-password"
          value={next}
          onChange={(event) => setNext(event.currentTarget.value)}
        />
        <PasswordStrength password={next} name={name} />
      </div>
      {change.isError && <ProblemNotice problem={change.error} onClose={change.reset} />}
      <Button type="submit" loading={change.isPending} disabled={next.length < MIN_PASSWORD}>
        {t(hasPassword ? "password.change" : "password.set")}
      </Button>
    </form>
  );
}
