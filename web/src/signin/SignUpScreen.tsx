import { useQuery } from "@tanstack/react-query";
import { Trans, useTranslation } from "react-i18next";
import { Link, useNavigate, useSearchParams } from "react-router";
import { sessionQuery, useSessionRestart } from "@/api/session";
import { EntryCard } from "./EntryCard";
import classes from "./EntryCard.module.css";
import { SignUpForm } from "./SignUpForm";

/** `/sign-up?invitation=…`: an account for oneself. */
export function Component() {
  const { t } = useTranslation("signin");
  const [address] = useSearchParams();
  const navigate = useNavigate();
  const restart = useSessionRestart();
  const session = useQuery(sessionQuery).data;
  const invitation = address.get("invitation");
  const mayTry = invitation !== null || session === undefined || session.sign_up === "open";
  const goOn = async () => {
    await restart();
    navigate("/", { replace: true });
  };
  return (
    <EntryCard
      title={t("signUp")}
      footer={<Trans t={t} i18nKey="haveAccount" components={{ a: <Link to="/sign-in" /> }} />}
    >
      {session?.user && <p className={classes.text}>{t("already", { name: session.user.name })}</p>}
      {mayTry ? (
        <SignUpForm invitation={invitation} onSignedUp={goOn} />
      ) : (
        <p className={classes.text}>{t(`closed.${session.sign_up}`)}</p>
      )}
    </EntryCard>
  );
}
