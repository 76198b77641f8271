import { IconCheck, IconCopy } from "@tabler/icons-react";
import { type MouseEvent, useEffect, useState } from "react";
import { useText } from "@/i18n/useText";
import classes from "./DataTable.module.css";

/** An id that a click copies. */
export function CopyableId({ id, shown = id }: { id: string; shown?: string }) {
  const t = useText("table");
  const [isCopied, setCopied] = useState(false);
  useEffect(() => {
    if (!isCopied) {
      return undefined;
    }
    const timer = setTimeout(() => setCopied(false), 1_200);
    return () => clearTimeout(timer);
  }, [isCopied]);
  const copy = (event: MouseEvent) => {
    event.stopPropagation();
    void navigator.clipboard?.writeText(id).then(() => setCopied(true));
  };
  const label = isCopied ? t("common:action.copied") : t("copyId", { id });
  const Icon = isCopied ? IconCheck : IconCopy;
  return (
    <button
      type="button"
      className={classes.copyable}
      onClick={copy}
      tabIndex={-1}
      aria-label={label}
      title={label}
    >
      <code>{shown}</code>
      <Icon size={13} aria-hidden />
    </button>
  );
}
