import { Tabs } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import { Answered } from "@/ui/Answered";
import { formatAge, formatBytes } from "@/ui/formatting";
import { TabbedPage, useTab } from "@/ui/TabbedPage";
import { DatasetActions } from "./DatasetActions";
import { DuplicatesTab } from "./DuplicatesTab";
import { type DatasetDetails, datasetQuery } from "./datasets";
import { GalleryTab } from "./GalleryTab";
import { OverviewTab } from "./OverviewTab";
import { UseTab } from "./UseTab";
import { VersionsTab } from "./VersionsTab";

const TABS = ["overview", "gallery", "duplicates", "versions", "use"] as const;
type Tab = (typeof TABS)[number];

/** One data set: what is in it, whether it is in order, and how to use it. */
export function Component() {
  const { dataset = "" } = useParams();
  const query = useQuery(datasetQuery(dataset));
  return (
    <Answered query={query}>
      {(details) => <DatasetPage key={dataset} dataset={details} />}
    </Answered>
  );
}

function DatasetPage({ dataset }: { dataset: DatasetDetails }) {
  const { t } = useTranslation("data");
  const findings = dataset.survey.findings;
  const shown = TABS.filter((tab) => findings !== null || tab === "overview" || isPlain(tab));
  return (
    <TabbedPage
      title={dataset.name}
      list={{ to: "/data", title: t("title") }}
      actions={<DatasetActions dataset={dataset} />}
      facts={<Facts dataset={dataset} />}
      tabs={shown}
      tab={useTab(shown, "overview")}
      titleOf={(each) => t(`tab.${each}`)}
      keepMounted={false}
    >
      <TabPanels dataset={dataset} />
    </TabbedPage>
  );
}

/** Tabs that need no survey. */
const isPlain = (tab: Tab): boolean => tab === "versions" || tab === "use";

function TabPanels({ dataset }: { dataset: DatasetDetails }) {
  const findings = dataset.survey.findings;
  return (
    <>
      <Tabs.Panel value="overview">
        <OverviewTab dataset={dataset} />
      </Tabs.Panel>
      {findings !== null && (
        <>
          <Tabs.Panel value="gallery" h="100%">
            <GalleryTab dataset={dataset.id} findings={findings} />
          </Tabs.Panel>
          <Tabs.Panel value="duplicates">
            <DuplicatesTab dataset={dataset.id} findings={findings} />
          </Tabs.Panel>
        </>
      )}
      <Tabs.Panel value="versions">
        <VersionsTab dataset={dataset} />
      </Tabs.Panel>
      <Tabs.Panel value="use">
        <UseTab dataset={dataset} />
      </Tabs.Panel>
    </>
  );
}

function Facts({ dataset }: { dataset: DatasetDetails }) {
  const { t } = useTranslation("data");
  const { version, is_newest, versions, format, size_bytes, owner, created, visibility } = dataset;
  const newest = versions[0];
  return (
    <>
      <span>{t("version", { number: version })}</span>
      {!is_newest && newest !== undefined && (
        <Link to={`/data/${newest.id}`}>{t("newerVersion", { number: newest.version })}</Link>
      )}
      {format !== null && <span>{t(`format.${format}`)}</span>}
      <span>{formatBytes(size_bytes)}</span>
      {owner !== null && <span>{owner}</span>}
      <span>{t(`visibility.${visibility}`)}</span>
      <span>{formatAge(created)}</span>
    </>
  );
}
