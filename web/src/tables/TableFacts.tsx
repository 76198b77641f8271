import { IconCalendar, IconFolder, IconInfoCircle, IconKey } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { formatCount } from "@/ui/formatting";
import classes from "./TableOutput.module.css";
import type { TableLook } from "./tableLook";

interface TableFactsProps {
  look: TableLook;
  /** What can be done, at the right. */
  children?: ReactNode;
}

/** How large a table is, its keys, its day, and what people should know about it. */
export function TableFacts({ look, children }: TableFactsProps) {
  const { t } = useTranslation("tables");
  return (
    <>
      <div className={classes.factsLine}>
        <p className={classes.facts}>
          <span>
            <strong>{formatCount(look.num_rows)}</strong> {t("rows", { count: look.num_rows })}
          </span>
          <span>
            <strong>{formatCount(look.num_columns)}</strong>{" "}
            {t("columns", { count: look.num_columns })}
          </span>
          {look.keys.length > 0 && (
            <span title={t("keys")}>
              <IconKey size={13} aria-label={t("keys")} />
              {look.keys.join(", ")}
            </span>
          )}
          {look.date !== "" && (
            <span title={t("date")}>
              <IconCalendar size={13} aria-label={t("date")} />
              {look.date}
            </span>
          )}
          {look.location !== "" && (
            <span className={classes.location} title={look.location}>
              <IconFolder size={13} aria-label={t("location")} />
              <span>{look.location}</span>
            </span>
          )}
        </p>
        {children}
      </div>
      {look.remarks.map((remark) => (
        <p key={remark} className={classes.remark}>
          <IconInfoCircle size={14} aria-hidden />
          {remark}
        </p>
      ))}
    </>
  );
}
