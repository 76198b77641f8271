import { Tabs } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { Answered } from "@/ui/Answered";
import { formatAge, formatBytes } from "@/ui/formatting";
import { TabbedPage, useTab } from "@/ui/TabbedPage";
import { DetailsTab } from "./DetailsTab";
import { FilesTab } from "./FilesTab";
import { LineageTab } from "./LineageTab";
import { ModelActions } from "./ModelActions";
import { type Model, modelQuery, takesRows } from "./models";
import { TryRows } from "./TryRows";
import { TryTab } from "./TryTab";

const TABS = ["try", "details", "lineage", "files"] as const;

/** One model: try it, see how it was made, take it away. */
export function Component() {
  const { model = "" } = useParams();
  const query = useQuery(modelQuery(model));
  return <Answered query={query}>{(found) => <ModelPage key={model} model={found} />}</Answered>;
}

function ModelPage({ model }: { model: Model }) {
  const { t } = useTranslation("models");
  const tab = useTab(TABS, "try");
  // What was tried stays while one looks at other tabs; nothing is loaded for it before.
  const [wasTried, setTried] = useState(false);
  useEffect(() => setTried((before) => before || tab === "try"), [tab]);
  return (
    <TabbedPage
      title={model.name}
      list={{ to: "/models", title: t("title") }}
      actions={<ModelActions model={model} />}
      facts={<Facts model={model} />}
      tabs={TABS}
      tab={tab}
      titleOf={(each) => t(`tab.${each}`)}
    >
      <Tabs.Panel value="try" h="100%">
        {wasTried &&
          (takesRows(model) ? (
            <TryRows model={model} />
          ) : (
            <TryTab model={model} isShown={tab === "try"} />
          ))}
      </Tabs.Panel>
      {tab === "details" && (
        <Tabs.Panel value="details">
          <DetailsTab model={model} />
        </Tabs.Panel>
      )}
      {tab === "lineage" && (
        <Tabs.Panel value="lineage">
          <LineageTab model={model} />
        </Tabs.Panel>
      )}
      {tab === "files" && (
        <Tabs.Panel value="files">
          <FilesTab model={model} />
        </Tabs.Panel>
      )}
    </TabbedPage>
  );
}

function Facts({ model }: { model: Model }) {
  const { t } = useTranslation("models");
  const { version, task, classes: labels, architecture, size_bytes, owner, created } = model;
  return (
    <>
      <span>{version === null ? t("notRegistered") : t("versionLong", { number: version })}</span>
      <span>{t(`task.${task}`, { defaultValue: task })}</span>
      {model.targets.length > 0 && (
        <span>{model.targets.map(({ column }) => column).join(", ")}</span>
      )}
      {labels.length > 0 && <span>{t("classes", { count: labels.length })}</span>}
      <span>{architecture}</span>
      {model.date && <span>{t("dataOf", { date: model.date })}</span>}
      <span>{formatBytes(size_bytes)}</span>
      {owner !== null && <span>{owner}</span>}
      <span>{t(`visibility.${model.visibility}`)}</span>
      <span>{formatAge(created)}</span>
    </>
  );
}
