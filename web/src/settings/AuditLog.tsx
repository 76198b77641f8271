import { TextInput } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, dataOf, type Schemas } from "@/api/client";
import { keys } from "@/api/queries";
import { type Column, DataTable } from "@/ui/DataTable";
import { formatTime } from "@/ui/formatting";
import { ProblemNotice } from "@/ui/ProblemNotice";
import { detailsText, nameOf } from "./auditWords";
import { Section } from "./Section";
import classes from "./Settings.module.css";

type Entry = Schemas["AuditEntry"];

/** Who changed what, newest first; older entries are read when one gets to the end. */
export function AuditLog() {
  const { t } = useTranslation("settings");
  const [user, setUser] = useState("");
  const [action, setAction] = useState("");
  const entries = useAudit(user.trim(), action.trim());
  const columns = useMemo<Column<Entry>[]>(
    () => [
      { id: "time", header: t("audit.time"), width: 180, render: ({ time }) => formatTime(time) },
      { id: "user", header: t("audit.user"), width: 104, render: (entry) => entry.user ?? "–" },
      { id: "action", header: t("audit.action"), render: (entry) => entry.action },
      {
        id: "about",
        header: t("audit.about"),
        width: 180,
        render: (entry) => <span title={entry.about}>{nameOf(entry) || "–"}</span>,
      },
      {
        id: "details",
        header: t("audit.details"),
        width: 240,
        grows: true,
        render: (entry) => <span title={detailsText(entry)}>{detailsText(entry)}</span>,
      },
      { id: "status", header: t("audit.status"), width: 72, render: (entry) => entry.status },
      { id: "address", header: t("audit.address"), width: 112, render: (entry) => entry.address },
    ],
    [t],
  );
  return (
    <Section title={t("section.audit")} text={t("audit.text")}>
      <div className={classes.row}>
        <TextInput
          label={t("audit.user")}
          value={user}
          onChange={(event) => setUser(event.currentTarget.value)}
        />
        <TextInput
          label={t("audit.action")}
          placeholder="createRun"
          value={action}
          onChange={(event) => setAction(event.currentTarget.value)}
        />
      </div>
      {entries.isError && <ProblemNotice problem={entries.error} />}
      <div className={classes.tall}>
        <DataTable
          name="audit"
          label={t("section.audit")}
          rows={entries.data ?? []}
          columns={columns}
          rowKey={(entry) => String(entry.number)}
          sort={null}
          empty={t("audit.none")}
          onEndReached={() => entries.hasNextPage && void entries.fetchNextPage()}
        />
      </div>
    </Section>
  );
}

function useAudit(user: string, action: string) {
  return useInfiniteQuery({
    queryKey: [...keys.people, "audit", user, action],
    initialPageParam: undefined as number | undefined,
    queryFn: ({ pageParam: before }) =>
      dataOf(
        api.GET("/api/v1/audit", {
          params: {
            query: { ...(before && { before }), ...(user && { user }), ...(action && { action }) },
          },
        }),
      ),
    getNextPageParam: (page) => page.next_before ?? undefined,
    select: ({ pages }) => pages.flatMap((page) => page.entries),
  });
}
