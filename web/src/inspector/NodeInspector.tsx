import { Tabs } from "@mantine/core";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useCatalogue, useEditor } from "@/editor/EditorContext";
import type { GraphNode } from "@/editor/types";
import { operatorOf } from "@/graph/catalogue";
import { CodeTab } from "./CodeTab";
import { DataTab } from "./DataTab";
import { type InspectorTab, useAttention } from "./focus";
import classes from "./Inspector.module.css";
import { LogsTab } from "./LogsTab";
import { MetricsTab } from "./MetricsTab";
import { NodeHead } from "./NodeHead";
import { SettingsTab } from "./SettingsTab";
import { WhyTab } from "./WhyTab";

const TABS: readonly InspectorTab[] = ["settings", "data", "logs", "metrics", "why", "code"];

/** Everything about one node. */
export function NodeInspector({ node }: { node: GraphNode }) {
  const { t } = useTranslation("inspector");
  const { tab, openTab } = useAttention();
  const catalogue = useCatalogue();
  const graph = useEditor((state) => state.graph);
  const operator = useMemo(
    () => (graph === null ? null : operatorOf(catalogue, graph, node)),
    [catalogue, graph, node],
  );
  if (operator === null) {
    return null;
  }
  return (
    <>
      <NodeHead node={node} operator={operator} />
      <Tabs
        className={classes.tabs}
        classNames={{ list: classes.tabList, tab: classes.tab, panel: classes.tabPanel }}
        value={tab}
        onChange={(chosen) => openTab((chosen ?? "settings") as InspectorTab)}
        keepMounted={false}
      >
        <Tabs.List aria-label={t("tabs")}>
          {TABS.map((name) => (
            <Tabs.Tab key={name} value={name}>
              {t(`tab.${name}`)}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value="settings">
          <SettingsTab node={node} operator={operator} />
        </Tabs.Panel>
        <Tabs.Panel value="data">
          <DataTab node={node} />
        </Tabs.Panel>
        <Tabs.Panel value="logs">
          <LogsTab node={node} />
        </Tabs.Panel>
        <Tabs.Panel value="metrics">
          <MetricsTab node={node} />
        </Tabs.Panel>
        <Tabs.Panel value="why">
          <WhyTab node={node} />
        </Tabs.Panel>
        <Tabs.Panel value="code">
          <CodeTab node={node} operator={operator} />
        </Tabs.Panel>
      </Tabs>
    </>
  );
}
