import { Alert } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Answered } from "@/ui/Answered";
import classes from "./EnvironmentTab.module.css";
import { settingText } from "./runColumns";
import { type Capsule, capsuleQuery, type Run } from "./runQueries";

/** What the run wrote down: text, where values came from, the machine, and what is different now. */
export function EnvironmentTab({ run }: { run: Run }) {
  return (
    <Answered query={useQuery(capsuleQuery(run.id))}>
      {(capsule) => <CapsuleView capsule={capsule} />}
    </Answered>
  );
}

function CapsuleView({ capsule }: { capsule: Capsule }) {
  const { t } = useTranslation("runs");
  return (
    <div className={classes.capsule}>
      {capsule.environment_changes.length > 0 && (
        <Alert
          color="yellow"
          icon={<IconAlertTriangle size={18} />}
          title={t("environment.changes")}
          className={classes.wide}
        >
          <ul className={classes.changes}>
            {capsule.environment_changes.map((change) => (
              <li key={change}>{change}</li>
            ))}
          </ul>
        </Alert>
      )}
      <section>
        <h2>{t("environment.text")}</h2>
        <pre className={classes.text}>{capsule.written ?? capsule.resolved}</pre>
      </section>
      <section>
        <h2>{t("environment.machine")}</h2>
        <Values value={capsule.environment} />
      </section>
      <section className={classes.wide}>
        <h2>{t("environment.provenance")}</h2>
        <Provenance entries={capsule.provenance} />
      </section>
    </div>
  );
}

function Values({ value }: { value: Readonly<Record<string, unknown>> }) {
  return (
    <dl className={classes.values}>
      {Object.entries(value).map(([name, item]) => (
        <div key={name} className={classes.value}>
          <dt>{name}</dt>
          <dd>
            {typeof item === "object" && item !== null && !Array.isArray(item) ? (
              <details>
                <summary>{Object.keys(item).length}</summary>
                <Values value={item as Record<string, unknown>} />
              </details>
            ) : (
              settingText(item ?? "–")
            )}
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Provenance({ entries }: { entries: Capsule["provenance"] }) {
  const { t } = useTranslation("runs");
  return (
    <table className={classes.provenance}>
      <thead>
        <tr>
          <th scope="col">{t("environment.path")}</th>
          <th scope="col">{t("environment.value")}</th>
          <th scope="col">{t("environment.source")}</th>
        </tr>
      </thead>
      <tbody>
        {entries.map((entry) => (
          <tr key={String(entry.path)}>
            <th scope="row">{String(entry.path)}</th>
            <td>{settingText(entry.value)}</td>
            <td>{String(entry.source ?? entry.layer ?? "")}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
