import { Button } from "@mantine/core";
import { IconFileText } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { DatasetOutput } from "@/samples/DatasetOutput";
import { featureMapOf } from "@/tables/featureMap";
import { FeatureMapOutput, TableOutput } from "@/tables/outputs";
import { FEATURE_MAP_MEDIA, TABLE_MEDIA } from "@/tables/tableLook";
import { formatBytes, formatDuration, formatNumber } from "@/ui/formatting";
import { DiagnosticLine } from "@/ui/ProblemNotice";
import { StateBadge } from "@/ui/StateBadge";
import { AnswerForm } from "./AnswerForm";
import classes from "./OverviewTab.module.css";
import { includes } from "./runActions";
import { settingText } from "./runColumns";
import type { Run, RunNode } from "./runQueries";

const DATASET = "application/vnd.netloom.dataset";

interface NodePanelProps {
  run: Run;
  node: RunNode;
  onShowLog(): void;
}

/** Everything about one node of a run. */
export function NodePanel({ run, node, onShowLog }: NodePanelProps) {
  const { t } = useTranslation("runs");
  const written = run.graph.nodes?.find(({ id }) => id === node.id);
  const settings = Object.entries(written?.settings ?? {});
  const metrics = Object.entries(node.metrics);
  const outputs = Object.entries(node.outputs);
  return (
    <aside className={classes.panel} aria-label={t("node.panel", { node: node.id })}>
      <div className={classes.panelHead}>
        <h2>{node.id}</h2>
        <StateBadge state={node.state} />
      </div>
      <p className={classes.dim}>
        {node.operator}
        {node.seconds !== null && ` · ${formatDuration(node.seconds)}`}
        {node.attempt > 1 && ` · ${t("node.attempt", { attempt: node.attempt })}`}
        {node.why && (
          <>
            <br />
            {node.why}
          </>
        )}
      </p>
      {node.state === "waiting" && node.request && (
        <AnswerForm
          run={run.id}
          node={node.id}
          request={node.request}
          mayAnswer={includes(run.right, "write")}
        />
      )}
      {node.diagnostics.length > 0 && (
        <ul className={classes.diagnostics}>
          {node.diagnostics.map((diagnostic) => (
            <DiagnosticLine key={diagnostic.code + diagnostic.message} diagnostic={diagnostic} />
          ))}
        </ul>
      )}
      <Button
        variant="default"
        leftSection={<IconFileText size={14} />}
        onClick={onShowLog}
        disabled={node.attempt === 0}
      >
        {t("node.showLog")}
      </Button>
      <Pairs
        title={t("node.settings")}
        pairs={settings.map(([name, value]) => [name, settingText(value)])}
      />
      <Pairs
        title={t("node.metrics")}
        pairs={metrics.map(([name, value]) => [name, formatNumber(value)])}
      />
      <Pairs
        title={t("node.outputs")}
        pairs={outputs.map(([port, { size_bytes }]) => [port, formatBytes(size_bytes)])}
      />
      {outputs
        .filter(([, output]) => output.media_type === TABLE_MEDIA)
        .map(([port, { artifact }]) => (
          <TableOutput key={port} place={{ run: run.id, node: node.id, port, artifact }} />
        ))}
      {outputs
        .filter(([, output]) => output.media_type === FEATURE_MAP_MEDIA)
        .map(([port, { preview }]) => {
          const map = featureMapOf(preview);
          return map && <FeatureMapOutput key={port} map={map} />;
        })}
      {outputs
        .filter(([, output]) => output.media_type === DATASET)
        .map(([port, { artifact }]) => (
          <DatasetOutput key={port} place={{ run: run.id, node: node.id, port, artifact }} />
        ))}
    </aside>
  );
}

function Pairs({ title, pairs }: { title: string; pairs: readonly [string, string][] }) {
  return pairs.length === 0 ? null : (
    <section>
      <h3>{title}</h3>
      <dl className={classes.pairs}>
        {pairs.map(([name, value]) => (
          <div key={name} style={{ display: "contents" }}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
