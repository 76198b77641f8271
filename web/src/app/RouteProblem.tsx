import { Button, Group } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Link, useRouteError } from "react-router";
import { ProblemNotice } from "@/ui/ProblemNotice";
import { isOutdatedPage } from "./outdatedPage";

/** A screen that failed: what happened, and a way on. Drafts are on the server; nothing is lost. */
export function RouteProblem() {
  const problem = useRouteError();
  const { t } = useTranslation();
  const shown = isOutdatedPage(problem) ? new Error(t("problem.outdated")) : problem;
  return (
    <div style={{ padding: 24, maxWidth: 720 }}>
      <ProblemNotice problem={shown} />
      <Group mt="md">
        <Button onClick={() => window.location.reload()}>{t("action.reload")}</Button>
        <Button variant="default" component={Link} to="/pipelines">
          {t("nav.pipelines")}
        </Button>
      </Group>
    </div>
  );
}
