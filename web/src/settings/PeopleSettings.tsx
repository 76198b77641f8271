import { Button, PasswordInput, Select, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, dataOf, type Schemas } from "@/api/client";
import { keys } from "@/api/queries";
import { MIN_PASSWORD } from "@/signin/passwords";
import { Answered } from "@/ui/Answered";
import { type Column, DataTable } from "@/ui/DataTable";
import { formatAge } from "@/ui/formatting";
import { tellProblem } from "@/ui/notices";
import { ProblemNotice } from "@/ui/ProblemNotice";
import { Invitations } from "./Invitations";
import { Section } from "./Section";
import classes from "./Settings.module.css";

type User = Schemas["User"];
type Role = Schemas["Role"];

const ROLES: readonly Role[] = ["viewer", "member", "admin"];

/** Accounts and invitations, for administrators. */
export function PeopleSettings() {
  const { t } = useTranslation("settings");
  const users = useQuery({
    queryKey: [...keys.people, "users"],
    queryFn: async () => (await dataOf(api.GET("/api/v1/users"))).users,
  });
  return (
    <>
      <Section title={t("section.people")}>
        <Answered query={users}>{(all) => <UserTable users={all} />}</Answered>
      </Section>
      <Section title={t("user.new")}>
        <NewUserForm />
      </Section>
      <Invitations />
    </>
  );
}

function UserTable({ users }: { users: readonly User[] }) {
  const { t } = useTranslation("settings");
  const client = useQueryClient();
  const { mutate } = useMutation({
    mutationFn: ({ name, ...body }: { name: string; role?: Role; is_active?: boolean }) =>
      api.PATCH("/api/v1/users/{name}", { params: { path: { name } }, body }),
    onError: tellProblem,
    onSettled: () => client.invalidateQueries({ queryKey: keys.people }),
  });
  const columns = useMemo<Column<User>[]>(
    () => [
      { id: "name", header: t("account.name"), render: (user) => user.name },
      {
        id: "display",
        header: t("account.displayName"),
        grows: true,
        render: (user) => user.display_name || "–",
      },
      { id: "role", header: t("account.role"), render: (user) => t(`role.${user.role}`) },
      {
        id: "active",
        header: t("user.state"),
        render: (user) => t(user.is_active ? "user.active" : "user.inactive"),
      },
      {
        id: "seen",
        header: t("user.seen"),
        render: ({ last_seen }) => (last_seen === null ? "–" : formatAge(last_seen)),
      },
    ],
    [t],
  );
  return (
    <div className={classes.table}>
      <DataTable
        name="users"
        label={t("section.people")}
        rows={users}
        columns={columns}
        rowKey={(user) => user.name}
        actions={({ name, role, is_active }) => [
          ...ROLES.filter((other) => other !== role).map((other) => ({
            id: other,
            label: t("user.make", { role: t(`role.${other}`) }),
            onChoose: () => mutate({ name, role: other }),
          })),
          {
            id: "active",
            label: t(is_active ? "user.deactivate" : "user.activate"),
            isDangerous: is_active,
            onChoose: () => mutate({ name, is_active: !is_active }),
          },
        ]}
      />
    </div>
  );
}

function NewUserForm() {
  const { t } = useTranslation("settings");
  const client = useQueryClient();
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [role, setRole] = useState<Role>("member");
  const make = useMutation({
    mutationFn: () =>
      dataOf(api.POST("/api/v1/users", { body: { name, password, role, display_name: "" } })),
    onSuccess: () => {
      setName("");
      setPassword("");
      return client.invalidateQueries({ queryKey: keys.people });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    make.mutate();
  };
  return (
    <>
      <form className={classes.row} onSubmit={submit}>
        <TextInput
          label={t("account.name")}
          autoComplete="off"
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <PasswordInput
          w={200}
          label={t("password.new")}
          autoComplete="new-password"
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
        <Select
          label={t("account.role")}
          allowDeselect={false}
          data={ROLES.map((value) => ({ value, label: t(`role.${value}`) }))}
          value={role}
          onChange={(value) => value && setRole(value as Role)}
        />
        <Button
          type="submit"
          loading={make.isPending}
          disabled={name === "" || password.length < MIN_PASSWORD}
        >
          {t("user.add")}
        </Button>
      </form>
      {make.isError && <ProblemNotice problem={make.error} onClose={make.reset} />}
    </>
  );
}
