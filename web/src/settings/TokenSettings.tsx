import { Button, Select, TextInput } from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, dataOf, type Schemas } from "@/api/client";
import { keys } from "@/api/queries";
import { Answered } from "@/ui/Answered";
import { useConfirm } from "@/ui/confirm";
import { type Column, DataTable } from "@/ui/DataTable";
import { formatAge, formatTime } from "@/ui/formatting";
import { tellProblem } from "@/ui/notices";
import { ProblemNotice } from "@/ui/ProblemNotice";
import { Snippet } from "@/ui/Snippet";
import { Section } from "./Section";
import classes from "./Settings.module.css";

type Token = Schemas["Token"];
type Scope = Schemas["Scope"];

const SCOPES: readonly Scope[] = ["read", "run", "write", "admin"];
const LIVES = ["7", "30", "90", "365", "forever"] as const;
const TOKENS = [...keys.people, "tokens"];

/** Secrets with which programs come in one's name. */
export function TokenSettings() {
  const { t } = useTranslation(["settings", "common"]);
  const tokens = useQuery({
    queryKey: TOKENS,
    queryFn: async () => (await dataOf(api.GET("/api/v1/me/tokens"))).tokens,
  });
  return (
    <Section title={t("section.tokens")} text={t("token.text")}>
      <NewTokenForm />
      <Answered query={tokens}>{(all) => <TokenTable tokens={all} />}</Answered>
    </Section>
  );
}

function NewTokenForm() {
  const { t } = useTranslation("settings");
  const client = useQueryClient();
  const [name, setName] = useState("");
  const [scope, setScope] = useState<Scope>("read");
  const [life, setLife] = useState<string>("90");
  const make = useMutation({
    mutationFn: () => {
      const days = life === "forever" ? null : Number(life);
      return dataOf(api.POST("/api/v1/me/tokens", { body: { name, scope, days } }));
    },
    onSuccess: () => {
      setName("");
      return client.invalidateQueries({ queryKey: TOKENS });
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
          label={t("token.name")}
          value={name}
          maxLength={200}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Select
          label={t("token.scope")}
          allowDeselect={false}
          data={SCOPES.map((value) => ({ value, label: t(`scope.${value}`) }))}
          value={scope}
          onChange={(value) => value && setScope(value as Scope)}
        />
        <Select
          label={t("token.life")}
          allowDeselect={false}
          data={LIVES.map((value) => ({ value, label: t(`life.${value}`) }))}
          value={life}
          onChange={(value) => value && setLife(value)}
        />
        <Button type="submit" loading={make.isPending} disabled={name.trim() === ""}>
          {t("token.make")}
        </Button>
      </form>
      {make.isError && <ProblemNotice problem={make.error} onClose={make.reset} />}
      {make.data && <Secret secret={make.data.secret} />}
    </>
  );
}

function Secret({ secret }: { secret: string }) {
  const { t } = useTranslation("settings");
  const address = `${window.location.origin}/api/v1/runs`;
  const python = [
    "import json, urllib.request",
    `request = urllib.request.Request("${address}", headers={"Authorization": "Bearer ${secret}"})`,
    "print(json.load(urllib.request.urlopen(request)))",
  ].join("\n");
  return (
    <div className={classes.secret} role="status">
      <strong>{t("token.once")}</strong>
      <Snippet label={t("token.secret")} text={secret} />
      <Snippet label="curl" text={`curl -H "Authorization: Bearer ${secret}" ${address}`} />
      <Snippet label="Python" text={python} />
    </div>
  );
}

function TokenTable({ tokens }: { tokens: readonly Token[] }) {
  const { t } = useTranslation(["settings", "common"]);
  const client = useQueryClient();
  const confirm = useConfirm();
  const columns = useMemo<Column<Token>[]>(
    () => [
      { id: "name", header: t("token.name"), grows: true, render: (token) => token.name },
      { id: "scope", header: t("token.scope"), render: (token) => t(`scope.${token.scope}`) },
      { id: "created", header: t("token.created"), render: (token) => formatAge(token.created) },
      {
        id: "expires",
        header: t("token.expires"),
        width: 180,
        render: ({ expires }) => (expires === null ? t("life.forever") : formatTime(expires)),
      },
      {
        id: "used",
        header: t("token.used"),
        render: ({ last_used }) => (last_used === null ? "–" : formatAge(last_used)),
      },
    ],
    [t],
  );
  const revoke = async ({ id, name }: Token) => {
    const title = t("token.revokeTitle", { name });
    if (await confirm({ title, text: t("token.revokeText"), action: t("token.revoke") })) {
      await api.DELETE("/api/v1/me/tokens/{token}", { params: { path: { token: id } } });
      await client.invalidateQueries({ queryKey: TOKENS });
    }
  };
  return (
    <div className={classes.table}>
      <DataTable
        name="tokens"
        label={t("section.tokens")}
        rows={tokens}
        columns={columns}
        rowKey={(token) => token.id}
        empty={t("token.none")}
        actions={(token) => [
          {
            id: "revoke",
            label: t("token.revoke"),
            icon: IconTrash,
            isDangerous: true,
            onChoose: () => void revoke(token).catch(tellProblem),
          },
        ]}
      />
    </div>
  );
}
