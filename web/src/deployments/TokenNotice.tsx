import { Button } from "@mantine/core";
import { IconKey } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { Snippet } from "@/ui/Snippet";
import { forgetToken, useShownToken } from "./shownToken";
import classes from "./TokenNotice.module.css";

/** The token of a deployment that was just made. It is shown this once. */
export function TokenNotice({ deployment }: { deployment: string }) {
  const { t } = useTranslation("deployments");
  const token = useShownToken(deployment);
  if (token === null) {
    return null;
  }
  return (
    <section className={classes.notice} aria-label={t("token.title")}>
      <h2>
        <IconKey size={16} aria-hidden /> {t("token.title")}
      </h2>
      <p>{t("token.once")}</p>
      <Snippet label={t("token.title")} text={token} />
      <Button variant="default" onClick={() => forgetToken(deployment)}>
        {t("token.done")}
      </Button>
    </section>
  );
}
