import { Button, Group } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useRouteError } from "react-router";
import { ProblemNotice } from "@/ui/ProblemNotice";

/** A screen that failed: what happened, and a way on. Drafts are on the server; nothing is lost. */
export function RouteProblem() {
  const problem = useRouteError();
  const { t } = useTranslation();
  return (
    <div style={{ padding: 24, maxWidth: 720 }}>
      <ProblemNotice problem={problem} />
      <Group mt="md">
        <Button onClick={() => window.location.reload()}>{t("action.reload")}</Button>
      </Group>
    </div>
  );
}
