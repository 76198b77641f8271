import { Button } from "@mantine/core";
import { IconMapSearch } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { EmptyState } from "@/ui/EmptyState";

/** An address that leads nowhere. */
export function Component() {
  const { t } = useTranslation();
  return (
    <EmptyState
      icon={IconMapSearch}
      title={t("notFound.title")}
      action={
        <Button component={Link} to="/pipelines">
          {t("nav.pipelines")}
        </Button>
      }
    >
      {t("notFound.text")}
    </EmptyState>
  );
}
