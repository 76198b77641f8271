import { IconPlugConnectedX } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useConnection } from "@/api/liveness";
import classes from "./Shell.module.css";

/** A short break is nothing to talk about. */
const PATIENCE_MS = 3_000;

/** Says that the server cannot be reached, while it is so. */
export function ConnectionNotice() {
  const { t } = useTranslation();
  const isLost = useConnection((connection) => connection.state === "lost");
  const [isShown, show] = useState(false);
  useEffect(() => {
    if (!isLost) {
      show(false);
      return undefined;
    }
    const timer = setTimeout(() => show(true), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, [isLost]);
  return isShown ? (
    <div className={classes.notice} role="status">
      <IconPlugConnectedX size={16} aria-hidden />
      {t("problem.connectionLost")}
    </div>
  ) : null;
}
