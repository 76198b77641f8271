import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, dataOf } from "@/api/client";
import { useSession, useUser } from "@/api/session";
import { Answered } from "@/ui/Answered";
import { formatTime } from "@/ui/formatting";
import { Section } from "./Section";
import classes from "./Settings.module.css";
import { StorageFacts } from "./StorageFacts";

/** What this workbench runs on and, for administrators, what its workspace occupies. */
export function ServerFacts() {
  const isAdministrator = useUser().role === "admin";
  return (
    <>
      <Facts />
      {isAdministrator && <StorageFacts />}
    </>
  );
}

function Facts() {
  const { t } = useTranslation("settings");
  const session = useSession().data;
  const server = useQuery({
    queryKey: ["server"],
    queryFn: () => dataOf(api.GET("/api/v1/server")),
    refetchInterval: 10_000,
  });
  const health = useQuery({
    queryKey: ["health"],
    queryFn: () => dataOf(api.GET("/api/v1/health")),
    refetchInterval: 10_000,
  });
  return (
    <Section title={t("server.title")}>
      <Answered query={server}>
        {(facts) => (
          <dl className={classes.facts}>
            <dt>{t("server.version")}</dt>
            <dd>{facts.version}</dd>
            <dt>{t("server.workspace")}</dt>
            <dd>{facts.workspace}</dd>
            <dt>{t("server.started")}</dt>
            <dd>{formatTime(facts.started)}</dd>
            <dt>{t("server.health")}</dt>
            <dd>{health.data ? t(`server.${health.data.status}`) : "–"}</dd>
            <dt>{t("server.dispatching")}</dt>
            <dd>{t(facts.is_dispatching ? "server.here" : "server.elsewhere")}</dd>
            <dt>{t("server.streams")}</dt>
            <dd>{facts.num_streams}</dd>
            <dt>{t("server.signUp")}</dt>
            <dd>{session ? t(`signUp.${session.sign_up}`) : "–"}</dd>
          </dl>
        )}
      </Answered>
    </Section>
  );
}
