import {
  IconBrain,
  IconChartLine,
  IconListCheck,
  IconPhoto,
  type IconProps,
  IconRocket,
  IconSettings,
  IconSitemap,
} from "@tabler/icons-react";
import type { ComponentType } from "react";
import { useTranslation } from "react-i18next";
import { NavLink } from "react-router";
import { LanguageMenu, ThemeSwitch } from "./AppearanceControls";
import { PersonMenu } from "./PersonMenu";
import classes from "./Rail.module.css";
import { type RailCounts, useRailCounts } from "./railCounts";

interface ScreenLink {
  to: string;
  name: string;
  icon: ComponentType<IconProps>;
  /** What of the counts stands at the icon. */
  count?: keyof RailCounts;
}

const SCREENS: ScreenLink[] = [
  { to: "/pipelines", name: "pipelines", icon: IconSitemap },
  { to: "/runs", name: "runs", icon: IconChartLine, count: "waitingRuns" },
  { to: "/data", name: "data", icon: IconPhoto },
  { to: "/models", name: "models", icon: IconBrain },
  { to: "/deployments", name: "deployments", icon: IconRocket },
  { to: "/queue", name: "queue", icon: IconListCheck, count: "runningJobs" },
  { to: "/settings", name: "settings", icon: IconSettings },
];

/** The rail at the left: screens, and below them the person, the language and the theme. */
export function Rail() {
  const { t } = useTranslation();
  const counts = useRailCounts();
  return (
    <nav className={classes.rail} aria-label={t("nav.label")}>
      <NavLink to="/welcome" className={classes.brand} aria-label="Netloom" title="Netloom">
        <img src="/icon.svg" alt="" width={28} height={28} />
      </NavLink>
      {SCREENS.map((screen) => (
        <RailLink
          key={screen.to}
          {...screen}
          number={screen.count === undefined ? 0 : counts[screen.count]}
        />
      ))}
      <div className={classes.foot}>
        <ThemeSwitch />
        <LanguageMenu />
        <PersonMenu />
      </div>
    </nav>
  );
}

function RailLink({ to, name, icon: Icon, count, number }: ScreenLink & { number: number }) {
  const { t } = useTranslation();
  const word = t(`nav.${name}`);
  const said = number > 0 ? t(`nav.${count}`, { count: number }) : "";
  return (
    <NavLink to={to} className={classes.screen} title={said ? `${word}: ${said}` : word}>
      <span className={classes.icon}>
        <Icon size={20} stroke={1.6} aria-hidden />
        {number > 0 && (
          <span className={classes.badge} data-kind={count} aria-hidden>
            {number > 99 ? "99+" : number}
          </span>
        )}
      </span>
      <span className={classes.word}>{word}</span>
      {said && <span className={classes.unseen}>{said}</span>}
    </NavLink>
  );
}
