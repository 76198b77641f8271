import { ActionIcon, Menu, Tooltip, useMantineColorScheme } from "@mantine/core";
import {
  IconBrain,
  IconChartLine,
  IconLanguage,
  IconListCheck,
  IconLogout,
  IconMoon,
  IconPhoto,
  type IconProps,
  IconSettings,
  IconSitemap,
  IconSun,
  IconUser,
} from "@tabler/icons-react";
import type { ComponentType } from "react";
import { useTranslation } from "react-i18next";
import { NavLink, useNavigate } from "react-router";
import { api } from "@/api/client";
import { useSessionRestart, useUser } from "@/api/session";
import { changeLanguage, currentLanguage, LANGUAGES, type Language } from "@/i18n";
import classes from "./Rail.module.css";

const SCREENS: { to: string; name: string; icon: ComponentType<IconProps> }[] = [
  { to: "/pipelines", name: "pipelines", icon: IconSitemap },
  { to: "/runs", name: "runs", icon: IconChartLine },
  { to: "/data", name: "data", icon: IconPhoto },
  { to: "/models", name: "models", icon: IconBrain },
  { to: "/queue", name: "queue", icon: IconListCheck },
  { to: "/settings", name: "settings", icon: IconSettings },
];

/** The rail at the left: screens, and below them the person, the language and the theme. */
export function Rail() {
  const { t } = useTranslation();
  return (
    <nav className={classes.rail} aria-label={t("nav.label")}>
      <NavLink to="/welcome" className={classes.brand} aria-label="Netloom" title="Netloom">
        <img src="/icon.svg" alt="" width={28} height={28} />
      </NavLink>
      {SCREENS.map(({ to, name, icon: Icon }) => (
        <NavLink key={to} to={to} className={classes.screen}>
          <Icon size={20} stroke={1.6} aria-hidden />
          <span>{t(`nav.${name}`)}</span>
        </NavLink>
      ))}
      <div className={classes.foot}>
        <ThemeSwitch />
        <LanguageMenu />
        <PersonMenu />
      </div>
    </nav>
  );
}

function ThemeSwitch() {
  const { t } = useTranslation();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const isDark =
    colorScheme === "dark" ||
    (colorScheme === "auto" && window.matchMedia("(prefers-color-scheme: dark)").matches);
  const label = t(isDark ? "nav.light" : "nav.dark");
  return (
    <Tooltip label={label} position="right">
      <ActionIcon
        size="lg"
        aria-label={label}
        onClick={() => setColorScheme(isDark ? "light" : "dark")}
      >
        {isDark ? <IconSun size={18} stroke={1.6} /> : <IconMoon size={18} stroke={1.6} />}
      </ActionIcon>
    </Tooltip>
  );
}

function LanguageMenu() {
  const { t } = useTranslation();
  return (
    <Menu position="right-end">
      <Menu.Target>
        <ActionIcon size="lg" aria-label={t("nav.language")} title={t("nav.language")}>
          <IconLanguage size={18} stroke={1.6} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {Object.entries(LANGUAGES).map(([language, name]) => (
          <Menu.Item
            key={language}
            aria-current={language === currentLanguage()}
            onClick={() => changeLanguage(language as Language)}
          >
            {name}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

function PersonMenu() {
  const { t } = useTranslation();
  const user = useUser();
  const navigate = useNavigate();
  const restart = useSessionRestart();
  const signOut = async () => {
    await api.DELETE("/api/v1/session");
    await restart();
    navigate("/sign-in");
  };
  return (
    <Menu position="right-end">
      <Menu.Target>
        <ActionIcon size="lg" aria-label={t("nav.person", { name: user.name })} title={user.name}>
          <IconUser size={18} stroke={1.6} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{user.display_name || user.name}</Menu.Label>
        <Menu.Item onClick={() => navigate("/settings/account")}>{t("nav.account")}</Menu.Item>
        <Menu.Item leftSection={<IconLogout size={14} />} onClick={signOut}>
          {t("nav.signOut")}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
