import { Tabs } from "@mantine/core";
import { IconChevronRight } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useParams, useSearchParams } from "react-router";
import { Answered } from "@/ui/Answered";
import { formatAge, formatBytes } from "@/ui/formatting";
import { Page } from "@/ui/Page";
import { DetailsTab } from "./DetailsTab";
import { FilesTab } from "./FilesTab";
import { LineageTab } from "./LineageTab";
import { ModelActions } from "./ModelActions";
import classes from "./ModelScreen.module.css";
import { type Model, modelQuery } from "./models";
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
  const [search, setSearch] = useSearchParams();
  const tab = TABS.find((each) => each === search.get("tab")) ?? "try";
  // What was tried stays while one looks at other tabs; nothing is loaded for it before.
  const [wasTried, setTried] = useState(false);
  useEffect(() => setTried((before) => before || tab === "try"), [tab]);
  return (
    <Tabs
      value={tab}
      onChange={(next) => setSearch(next === null ? {} : { tab: next }, { replace: true })}
      className={classes.tabs}
    >
      <Page
        title={model.name}
        before={
          <Link to="/models" className={classes.back}>
            {t("title")}
            <IconChevronRight size={14} aria-hidden />
          </Link>
        }
        actions={<ModelActions model={model} />}
        toolbar={
          <div className={classes.below}>
            <Facts model={model} />
            <Tabs.List className={classes.list}>
              {TABS.map((each) => (
                <Tabs.Tab key={each} value={each}>
                  {t(`tab.${each}`)}
                </Tabs.Tab>
              ))}
            </Tabs.List>
          </div>
        }
      >
        <Tabs.Panel value="try" className={classes.whole}>
          {wasTried && <TryTab model={model} isShown={tab === "try"} />}
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
      </Page>
    </Tabs>
  );
}

function Facts({ model }: { model: Model }) {
  const { t } = useTranslation("models");
  const { version, task, classes: labels, architecture, size_bytes, owner, created } = model;
  return (
    <p className={classes.facts}>
      <span>{version === null ? t("notRegistered") : t("versionLong", { number: version })}</span>
      <span>{t(`task.${task}`, { defaultValue: task })}</span>
      {labels.length > 0 && <span>{t("classes", { count: labels.length })}</span>}
      <span>{architecture}</span>
      <span>{formatBytes(size_bytes)}</span>
      {owner !== null && <span>{owner}</span>}
      <span>{t(`visibility.${model.visibility}`)}</span>
      <span>{formatAge(created)}</span>
    </p>
  );
}
