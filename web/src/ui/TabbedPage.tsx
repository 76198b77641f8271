import { Tabs } from "@mantine/core";
import { IconChevronRight } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { Link, useSearchParams } from "react-router";
import { Page } from "./Page";
import classes from "./TabbedPage.module.css";

interface TabbedPageProps<Tab extends string> {
  title: string;
  /** The list of all things of its kind: the way back. */
  list: { to: string; title: string };
  actions: ReactNode;
  /** What it is, in a line below the title: one element for each fact. */
  facts: ReactNode;
  tabs: readonly Tab[];
  /** Which tab is in front; see `useTab`. */
  tab: Tab;
  titleOf(tab: Tab): string;
  /** Whether panels stay while another is in front. */
  keepMounted?: boolean;
  /** A `Tabs.Panel` for each tab, and what stands above all of them. */
  children: ReactNode;
}

/** The screen of one thing, with tabs that its address names. */
export function TabbedPage<Tab extends string>(props: TabbedPageProps<Tab>) {
  const { title, list, actions, facts, tabs, tab, titleOf, keepMounted = true, children } = props;
  const [, setSearch] = useSearchParams();
  return (
    <Tabs
      value={tab}
      onChange={(next) => setSearch(next === null ? {} : { tab: next }, { replace: true })}
      keepMounted={keepMounted}
      className={classes.tabs}
    >
      <Page
        title={title}
        before={
          <Link to={list.to} className={classes.back}>
            {list.title}
            <IconChevronRight size={14} aria-hidden />
          </Link>
        }
        actions={actions}
        toolbar={
          <div className={classes.below}>
            <div className={classes.facts}>{facts}</div>
            <Tabs.List className={classes.list}>
              {tabs.map((each) => (
                <Tabs.Tab key={each} value={each}>
                  {titleOf(each)}
                </Tabs.Tab>
              ))}
            </Tabs.List>
          </div>
        }
      >
        {children}
      </Page>
    </Tabs>
  );
}

/** The tab that the address names, or the usual one. */
export function useTab<Tab extends string>(tabs: readonly Tab[], usual: Tab): Tab {
  const [search] = useSearchParams();
  return tabs.find((each) => each === search.get("tab")) ?? usual;
}
