import { ActionIcon, CopyButton, SegmentedControl } from "@mantine/core";
import { IconCheck, IconCopy, IconExternalLink, IconLock, IconLockOpen } from "@tabler/icons-react";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { exampleRow } from "@/tableModels/exampleRows";
import { Snippet } from "@/ui/Snippet";
import { BundleButton } from "./BundleButton";
import { type Deployment, servedTable } from "./deployments";
import { LiveNumbers } from "./LiveNumbers";
import classes from "./OverviewTab.module.css";
import { useShownToken } from "./shownToken";
import {
  addressOf,
  LANGUAGES,
  ROUTES,
  ROW_ROUTE,
  type SnippetLanguage,
  type SnippetRoute,
  snippet,
} from "./snippets";
import { TokenNotice } from "./TokenNotice";

/** Where it answers, how it is asked, how it does. */
export function OverviewTab({ deployment }: { deployment: Deployment }) {
  const { t } = useTranslation("deployments");
  return (
    <div className={classes.overview}>
      <TokenNotice deployment={deployment.id} />
      {deployment.note && <p className={classes.note}>{deployment.note}</p>}
      <section className={classes.endpoint} aria-label={t("endpoint.title")}>
        <h2>{t("endpoint.title")}</h2>
        <Endpoint deployment={deployment} />
      </section>
      <LiveNumbers deployment={deployment} />
      <Asking deployment={deployment} />
      {deployment.revision !== null && (
        <section>
          <h2>{t("elsewhere.title")}</h2>
          <p className={classes.text}>{t("elsewhere.text")}</p>
          <BundleButton run={deployment.revision.run} />
        </section>
      )}
    </div>
  );
}

function Endpoint({ deployment }: { deployment: Deployment }) {
  const { t } = useTranslation(["deployments", "common"]);
  const { url, state, protected: isProtected } = deployment;
  if (url === null) {
    return <p className={classes.text}>{t("endpoint.none")}</p>;
  }
  const address = addressOf(url, servedTable(deployment) === null ? "aip" : ROW_ROUTE);
  const Lock = isProtected ? IconLock : IconLockOpen;
  return (
    <>
      <div className={classes.address}>
        <code data-testid="endpoint">{address}</code>
        <CopyButton value={address}>
          {({ copied, copy }) => (
            <ActionIcon
              aria-label={t("endpoint.copy")}
              title={t(copied ? "common:action.copied" : "endpoint.copy")}
              onClick={copy}
            >
              {copied ? <IconCheck size={16} /> : <IconCopy size={16} />}
            </ActionIcon>
          )}
        </CopyButton>
        {state === "running" && (
          <a href={url} target="_blank" rel="noreferrer" className={classes.external}>
            {t("endpoint.page")}
            <IconExternalLink size={14} aria-hidden />
          </a>
        )}
      </div>
      <p className={classes.text}>
        <Lock size={14} aria-hidden /> {t(isProtected ? "endpoint.protected" : "endpoint.open")}
        {isLocal(url) && ` ${t("endpoint.local")}`}
      </p>
    </>
  );
}

const isLocal = (url: string): boolean => /^https?:\/\/(127\.|localhost|\[::1\])/.test(url);

const TITLES: Record<SnippetLanguage, string> = {
  curl: "curl",
  python: "Python",
  javascript: "JavaScript",
};

/** How programs ask it. */
function Asking({ deployment }: { deployment: Deployment }) {
  const { t } = useTranslation("deployments");
  const [language, setLanguage] = useState<SnippetLanguage>("curl");
  const [chosen, setRoute] = useState<SnippetRoute>("aip");
  const token = useShownToken(deployment.id);
  const table = servedTable(deployment);
  const row = useMemo(() => table && exampleRow(table.inputs ?? []), [table]);
  const route = row === null ? chosen : ROW_ROUTE;
  if (deployment.url === null) {
    return null;
  }
  const text = snippet(language, route, {
    url: deployment.url,
    isProtected: deployment.protected,
    token,
    row,
  });
  return (
    <section>
      <div className={classes.askingHead}>
        <h2>{t("asking.title")}</h2>
        <SegmentedControl
          aria-label={t("asking.language")}
          data={LANGUAGES.map((value) => ({ value, label: TITLES[value] }))}
          value={language}
          onChange={(value) => setLanguage(value as SnippetLanguage)}
        />
        {row === null && (
          <SegmentedControl
            aria-label={t("asking.route")}
            data={ROUTES.map((value) => ({ value, label: t(`asking.${value}`) }))}
            value={route}
            onChange={(value) => setRoute(value as SnippetRoute)}
          />
        )}
      </div>
      <p className={classes.text}>{t(row === null ? `asking.${route}Text` : "asking.rowsText")}</p>
      <Snippet label={TITLES[language]} text={text} />
    </section>
  );
}
