import { useTranslation } from "react-i18next";
import classes from "./EntryCard.module.css";
import { MIN_PASSWORD, type Strength, strengthOf } from "./passwords";

const BARS: Record<Strength, number> = { short: 0, weak: 1, fair: 2, good: 3 };

/** How hard a new password is to guess, and what makes a good one. */
export function PasswordStrength({ password, name }: { password: string; name: string }) {
  const { t } = useTranslation("signin");
  const strength = strengthOf(password, name);
  return (
    <div className={classes.strength} aria-live="polite">
      <span className={classes.bars} aria-hidden>
        {[1, 2, 3].map((bar) => (
          <span key={bar} className={classes.bar} data-on={BARS[strength] >= bar} />
        ))}
      </span>
      {password === "" ? t("rule", { min: MIN_PASSWORD }) : t(`strength.${strength}`)}
    </div>
  );
}
