import type { ComponentType } from "react";
import { useTranslation } from "react-i18next";
import { Navigate, NavLink, useParams } from "react-router";
import { useUser } from "@/api/session";
import { Page } from "@/ui/Page";
import { AccountSettings } from "./AccountSettings";
import { AppearanceSettings } from "./AppearanceSettings";
import { AuditLog } from "./AuditLog";
import { PeopleSettings } from "./PeopleSettings";
import { ServerFacts } from "./ServerFacts";
import classes from "./Settings.module.css";
import { TokenSettings } from "./TokenSettings";

interface SettingsSection {
  Content: ComponentType;
  isForAdministrators?: boolean;
}

const SECTIONS: Readonly<Record<string, SettingsSection>> = {
  account: { Content: AccountSettings },
  tokens: { Content: TokenSettings },
  appearance: { Content: AppearanceSettings },
  server: { Content: ServerFacts },
  people: { Content: PeopleSettings, isForAdministrators: true },
  audit: { Content: AuditLog, isForAdministrators: true },
};

/** `/settings/:section`: one's account and, for administrators, everybody's. */
export function Component() {
  const { t } = useTranslation(["settings", "common"]);
  const { section = "account" } = useParams();
  const isAdministrator = useUser().role === "admin";
  const mine = Object.entries(SECTIONS).filter(
    ([, { isForAdministrators }]) => isAdministrator || !isForAdministrators,
  );
  const Content = mine.find(([name]) => name === section)?.[1].Content;
  if (Content === undefined) {
    return <Navigate to="/settings/account" replace />;
  }
  return (
    <Page title={t("common:nav.settings")}>
      <div className={classes.settings}>
        <nav className={classes.sections} aria-label={t("common:nav.settings")}>
          {mine.map(([name]) => (
            <NavLink
              key={name}
              to={`/settings/${name}`}
              className={classes.link}
              aria-current={name === section ? "page" : undefined}
            >
              {t(`section.${name}`)}
            </NavLink>
          ))}
        </nav>
        <div className={classes.content}>
          <Content />
        </div>
      </div>
    </Page>
  );
}
