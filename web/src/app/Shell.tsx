import { Suspense } from "react";
import { useTranslation } from "react-i18next";
import { Outlet, useNavigation } from "react-router";
import { useLiveAnswers } from "@/api/liveness";
import { Loading } from "@/ui/Loading";
import { ConnectionNotice } from "./ConnectionNotice";
import { Rail } from "./Rail";
import classes from "./Shell.module.css";
import { useSignInAgain } from "./signInAgain";

/** What is around every screen: the rail, the connection, the way to sign in again. */
export function Shell() {
  const { t } = useTranslation();
  const { state } = useNavigation();
  useLiveAnswers();
  useSignInAgain();
  return (
    <div className={classes.shell}>
      <a href="#main" className={classes.skip}>
        {t("nav.skip")}
      </a>
      <Rail />
      <main id="main" className={classes.main} aria-busy={state === "loading"}>
        <ConnectionNotice />
        <div className={classes.screen}>
          <Suspense fallback={<Loading />}>
            <Outlet />
          </Suspense>
        </div>
      </main>
    </div>
  );
}
