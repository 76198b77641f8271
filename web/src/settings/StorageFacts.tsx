import { Button, NumberInput } from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, dataOf, type Schemas } from "@/api/client";
import { keys } from "@/api/queries";
import { Answered } from "@/ui/Answered";
import { useConfirm } from "@/ui/confirm";
import { formatBytes } from "@/ui/formatting";
import { tell } from "@/ui/notices";
import { ProblemNotice } from "@/ui/ProblemNotice";
import { Section } from "./Section";
import classes from "./Settings.module.css";

const USUAL_RUNS = 20;

/** What the workspace occupies, what of it may go, and the button that lets it go. */
export function StorageFacts() {
  const { t } = useTranslation("settings");
  const [keepRuns, setKeepRuns] = useState(USUAL_RUNS);
  const storage = useQuery({
    queryKey: ["storage", keepRuns],
    queryFn: () =>
      dataOf(api.GET("/api/v1/storage", { params: { query: { keep_runs: keepRuns } } })),
    placeholderData: (before) => before,
  });
  return (
    <Section title={t("storage.title")} text={t("storage.text")}>
      <Answered query={storage}>
        {(found) => (
          <>
            <Parts storage={found} />
            <div className={classes.keep}>
              <NumberInput
                label={t("storage.keep")}
                description={t("storage.keepText")}
                value={keepRuns}
                min={0}
                max={100_000}
                allowDecimal={false}
                onChange={(value) => typeof value === "number" && setKeepRuns(value)}
              />
            </div>
            <Collection garbage={found.garbage} keepRuns={keepRuns} />
          </>
        )}
      </Answered>
    </Section>
  );
}

function Parts({ storage }: { storage: Schemas["Storage"] }) {
  const { t } = useTranslation("settings");
  return (
    <dl className={classes.facts}>
      {storage.parts.map(({ name, size_bytes }) => (
        <Fact key={name} name={t(`storage.part.${name}`)} value={formatBytes(size_bytes)} />
      ))}
      <Fact name={t("storage.free")} value={formatBytes(storage.free_bytes)} />
    </dl>
  );
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </>
  );
}

interface CollectionProps {
  garbage: Schemas["Garbage"][];
  keepRuns: number;
}

function Collection({ garbage, keepRuns }: CollectionProps) {
  const { t } = useTranslation("settings");
  const confirm = useConfirm();
  const client = useQueryClient();
  const collect = useMutation({
    mutationFn: () =>
      dataOf(api.POST("/api/v1/storage/collection", { body: { keep_runs: keepRuns } })),
    onSuccess: ({ freed_bytes }) => {
      tell(t("storage.done", { size: formatBytes(freed_bytes) }));
      void client.invalidateQueries({ queryKey: ["storage"] });
      void client.invalidateQueries({ queryKey: keys.runs });
    },
  });
  const size = formatBytes(garbage.reduce((sum, { size_bytes }) => sum + size_bytes, 0));
  const ask = async () => {
    const title = t("storage.confirm", { size });
    const text = t("storage.confirmText");
    if (await confirm({ title, text, action: t("storage.action", { size }) })) {
      collect.mutate();
    }
  };
  if (garbage.length === 0) {
    return <p className={classes.text}>{t("storage.nothing")}</p>;
  }
  return (
    <>
      <h3 className={classes.would}>{t("storage.would")}</h3>
      <dl className={classes.facts}>
        {garbage.map(({ kind, number, size_bytes }) => (
          <Fact
            key={kind}
            name={t(`storage.kind.${kind}`, { count: number })}
            value={formatBytes(size_bytes)}
          />
        ))}
      </dl>
      {collect.error && <ProblemNotice problem={collect.error} />}
      <Button
        mt="md"
        color="red"
        variant="light"
        leftSection={<IconTrash size={14} aria-hidden />}
        loading={collect.isPending}
        onClick={() => void ask()}
      >
        {t("storage.action", { size })}
      </Button>
    </>
  );
}
