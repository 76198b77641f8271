import { Button, Select, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, dataOf, type Schemas } from "@/api/client";
import { keys } from "@/api/queries";
import { Answered } from "@/ui/Answered";
import { type Column, DataTable } from "@/ui/DataTable";
import { formatTime } from "@/ui/formatting";
import { tellProblem } from "@/ui/notices";
import { ProblemNotice } from "@/ui/ProblemNotice";
import { Snippet } from "@/ui/Snippet";
import { Section } from "./Section";
import classes from "./Settings.module.css";

type Invitation = Schemas["Invitation"];
type Role = Schemas["Role"];

const ROLES: readonly Role[] = ["viewer", "member", "admin"];
const INVITATIONS = [...keys.people, "invitations"];

/** Links with which somebody can make an account once. */
export function Invitations() {
  const { t } = useTranslation("settings");
  const invitations = useQuery({
    queryKey: INVITATIONS,
    queryFn: async () => (await dataOf(api.GET("/api/v1/invitations"))).invitations,
  });
  return (
    <Section title={t("invitation.title")} text={t("invitation.text")}>
      <NewInvitationForm />
      <Answered query={invitations}>{(all) => <InvitationTable invitations={all} />}</Answered>
    </Section>
  );
}

function NewInvitationForm() {
  const { t } = useTranslation("settings");
  const client = useQueryClient();
  const [note, setNote] = useState("");
  const [role, setRole] = useState<Role>("member");
  const make = useMutation({
    mutationFn: () => dataOf(api.POST("/api/v1/invitations", { body: { role, note, days: 7 } })),
    onSuccess: () => {
      setNote("");
      return client.invalidateQueries({ queryKey: INVITATIONS });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    make.mutate();
  };
  const secret = make.data?.secret;
  return (
    <>
      <form className={classes.row} onSubmit={submit}>
        <TextInput
          label={t("invitation.note")}
          maxLength={200}
          value={note}
          onChange={(event) => setNote(event.currentTarget.value)}
        />
        <Select
          label={t("account.role")}
          allowDeselect={false}
          data={ROLES.map((value) => ({ value, label: t(`role.${value}`) }))}
          value={role}
          onChange={(value) => value && setRole(value as Role)}
        />
        <Button type="submit" loading={make.isPending}>
          {t("invitation.make")}
        </Button>
      </form>
      {make.isError && <ProblemNotice problem={make.error} onClose={make.reset} />}
      {secret && (
        <div className={classes.secret} role="status">
          <strong>{t("invitation.once")}</strong>
          <Snippet
            label={t("invitation.link")}
            text={`${window.location.origin}/sign-up?invitation=${encodeURIComponent(secret)}`}
          />
        </div>
      )}
    </>
  );
}

function InvitationTable({ invitations }: { invitations: readonly Invitation[] }) {
  const { t } = useTranslation("settings");
  const client = useQueryClient();
  const { mutate } = useMutation({
    mutationFn: (invitation: string) =>
      api.DELETE("/api/v1/invitations/{invitation}", { params: { path: { invitation } } }),
    onError: tellProblem,
    onSettled: () => client.invalidateQueries({ queryKey: INVITATIONS }),
  });
  const columns = useMemo<Column<Invitation>[]>(
    () => [
      { id: "note", header: t("invitation.note"), grows: true, render: ({ note }) => note || "–" },
      { id: "role", header: t("account.role"), render: ({ role }) => t(`role.${role}`) },
      { id: "by", header: t("invitation.by"), render: (each) => each.created_by },
      {
        id: "expires",
        header: t("token.expires"),
        width: 180,
        render: ({ expires }) => formatTime(expires),
      },
      { id: "used", header: t("invitation.used"), render: (each) => each.used_by ?? "–" },
    ],
    [t],
  );
  return (
    <div className={classes.table}>
      <DataTable
        name="invitations"
        label={t("invitation.title")}
        rows={invitations}
        columns={columns}
        rowKey={({ id }) => id}
        empty={t("invitation.none")}
        actions={({ id }) => [
          {
            id: "remove",
            label: t("invitation.remove"),
            isDangerous: true,
            onChoose: () => mutate(id),
          },
        ]}
      />
    </div>
  );
}
