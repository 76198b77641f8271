import { Loader } from "@mantine/core";
import { useTranslation } from "react-i18next";

/** While a screen or a part of one is on its way. */
export function Loading() {
  const { t } = useTranslation();
  return (
    <div style={{ display: "grid", placeItems: "center", padding: 48 }} role="status">
      <Loader size="sm" aria-label={t("loading")} />
    </div>
  );
}
