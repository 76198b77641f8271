import { Tabs } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useParams, useSearchParams } from "react-router";
import { Answered } from "@/ui/Answered";
import { Page } from "@/ui/Page";
import { StateBadge } from "@/ui/StateBadge";
import { isFinal } from "@/ui/states";
import { DiagnosticsTab } from "./DiagnosticsTab";
import { EnvironmentTab } from "./EnvironmentTab";
import { FilesTab } from "./FilesTab";
import { LogsTab } from "./LogsTab";
import { useRunStream } from "./liveRun";
import { MetricCharts } from "./MetricCharts";
import { OverviewTab } from "./OverviewTab";
import { RunButtons } from "./RunButtons";
import { RunFacts } from "./RunFacts";
import classes from "./RunScreen.module.css";
import { sourcesOf } from "./runMetrics";
import { type Run, runQuery } from "./runQueries";

/** One run: what it does, what came of it, how to do it again. */
export function Component() {
  const { run = "" } = useParams();
  const query = useQuery(runQuery(run));
  useRunStream(run, query.data === undefined || isFinal(query.data.state));
  return <Answered query={query}>{(data) => <RunPage key={data.id} run={data} />}</Answered>;
}

const TABS = ["overview", "curves", "logs", "files", "environment", "diagnostics"] as const;
type Tab = (typeof TABS)[number];

/** The tab and the node that the address names: a link leads to the same view. */
function usePlace() {
  const [params, setParams] = useSearchParams();
  const tab = TABS.find((name) => name === params.get("tab")) ?? "overview";
  const go = (change: { tab?: Tab; node?: string }) =>
    setParams(
      (before) => {
        const after = new URLSearchParams(before);
        for (const [name, value] of Object.entries(change)) {
          after.set(name, value);
        }
        return after;
      },
      { replace: true },
    );
  return { tab, node: params.get("node"), go };
}

function RunPage({ run }: { run: Run }) {
  const { t } = useTranslation("runs");
  const { tab, node, go } = usePlace();
  const numDiagnostics = run.nodes.reduce((sum, { diagnostics }) => sum + diagnostics.length, 0);
  return (
    <Tabs
      value={tab}
      onChange={(name) => go({ tab: TABS.find((one) => one === name) ?? "overview" })}
      keepMounted={false}
      className={classes.tabs}
    >
      <Page
        title={run.pipeline}
        before={<StateBadge state={run.state} />}
        actions={<RunButtons run={run} node={node} />}
        toolbar={
          <div className={classes.head}>
            <RunFacts run={run} />
            <Tabs.List>
              {TABS.map((name) => (
                <Tabs.Tab
                  key={name}
                  value={name}
                  rightSection={
                    name === "diagnostics" && numDiagnostics > 0 ? (
                      <span className={classes.count}>{numDiagnostics}</span>
                    ) : null
                  }
                >
                  {t(`tab.${name}`)}
                </Tabs.Tab>
              ))}
            </Tabs.List>
          </div>
        }
      >
        <Tabs.Panel value="overview" h="100%">
          <OverviewTab
            run={run}
            selected={node}
            onSelect={(id) => go({ node: id })}
            onShowLog={(id) => go({ node: id, tab: "logs" })}
          />
        </Tabs.Panel>
        <Tabs.Panel value="curves">
          <Curves run={run} />
        </Tabs.Panel>
        <Tabs.Panel value="logs" h="100%">
          <LogsTab run={run} selected={node} onSelect={(id) => go({ node: id })} />
        </Tabs.Panel>
        <Tabs.Panel value="files" h="100%">
          <FilesTab run={run} />
        </Tabs.Panel>
        <Tabs.Panel value="environment">
          <EnvironmentTab run={run} />
        </Tabs.Panel>
        <Tabs.Panel value="diagnostics">
          <DiagnosticsTab run={run} onShowLog={(id) => go({ node: id, tab: "logs" })} />
        </Tabs.Panel>
      </Page>
    </Tabs>
  );
}

function Curves({ run }: { run: Run }) {
  // Values change all the time; which metrics there are does not.
  const names = JSON.stringify(run.nodes.map(({ id, metrics }) => [id, Object.keys(metrics)]));
  // biome-ignore lint/correctness/useExhaustiveDependencies: `names` stands for what matters of the run
  const sources = useMemo(() => sourcesOf(run), [run.id, run.started, names]);
  return <MetricCharts sources={sources} />;
}
