import { Suspense, useRef } from "react";
import { useTranslation } from "react-i18next";
import { Outlet, useNavigation } from "react-router";
import { useLiveAnswers } from "@/api/liveness";
import { Loading } from "@/ui/Loading";
import { ConnectionNotice } from "./ConnectionNotice";
import { useHeadingFocus } from "./headingFocus";
import { Rail } from "./Rail";
import { SessionEnded } from "./SessionEnded";
import classes from "./Shell.module.css";

/** What is around every screen: the rail, the connection, the way to sign in again. */
export function Shell() {
  const { t } = useTranslation();
  const { state } = useNavigation();
  const main = useRef<HTMLElement>(null);
  useLiveAnswers();
  useHeadingFocus(main);
  return (
    <div className={classes.shell}>
      <a href="#main" className={classes.skip}>
        {t("nav.skip")}
      </a>
      <Rail />
      <main
        id="main"
        ref={main}
        tabIndex={-1}
        className={classes.main}
        aria-busy={state === "loading"}
      >
        <div className={classes.progress} data-on={state === "loading"} aria-hidden />
        <ConnectionNotice />
        <div className={classes.screen}>
          <Suspense fallback={<Loading />}>
            <Outlet />
          </Suspense>
        </div>
      </main>
      <SessionEnded />
    </div>
  );
}
