import { useQuery } from "@tanstack/react-query";
import { Trans, useTranslation } from "react-i18next";
import { Link, Navigate, useNavigate, useSearchParams } from "react-router";
import { sessionQuery, useSessionRestart } from "@/api/session";
import { EntryCard } from "./EntryCard";
import classes from "./EntryCard.module.css";
import { localPath } from "./nextPath";
import { SignInForm } from "./SignInForm";

/** `/sign-in?next=…&ended=1`: name and password, then on to where one wanted to go. */
export function Component() {
  const { t } = useTranslation("signin");
  const [address] = useSearchParams();
  const navigate = useNavigate();
  const restart = useSessionRestart();
  // Always asked anew: the start link may have been opened in another tab meanwhile.
  const session = useQuery({ ...sessionQuery, staleTime: 0 }).data;
  const next = localPath(address.get("next"));
  if (session?.user) {
    return <Navigate to={next} replace />;
  }
  const goOn = async () => {
    await restart();
    navigate(next, { replace: true });
  };
  return (
    <EntryCard
      title={t("signIn")}
      footer={
        session?.sign_up === "open" ? (
          <Trans t={t} i18nKey="noAccount" components={{ a: <Link to="/sign-up" /> }} />
        ) : session?.sign_up === "invitation" ? (
          t("byInvitation")
        ) : undefined
      }
    >
      {address.get("ended") && <p className={classes.text}>{t("ended")}</p>}
      <SignInForm onSignedIn={goOn} />
      {session?.has_administrator === false && <StartLinkNote />}
    </EntryCard>
  );
}

/** Before anybody has a password, the printed link is the only way in. */
function StartLinkNote() {
  const { t } = useTranslation("signin");
  return (
    <p className={classes.note}>
      <Trans t={t} i18nKey="startLink" components={{ code: <code /> }} />
    </p>
  );
}
