import { ActionIcon, TextInput, Tooltip } from "@mantine/core";
import {
  IconChevronDown,
  IconChevronRight,
  IconLayoutSidebarLeftCollapse,
  IconLayoutSidebarLeftExpand,
  IconSearch,
} from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useEditor } from "@/editor/EditorContext";
import { groupColour } from "./groupColours";
import classes from "./Palette.module.css";
import { PaletteEntry } from "./PaletteEntry";
import { type PaletteItem, type PaletteSection, rankedItems, sectionsOf } from "./paletteItems";
import { useRecentItems } from "./recentItems";
import { useAdding } from "./useAdding";
import type { Commands } from "./useCommands";
import { usePaletteItems } from "./usePaletteItems";
import { showPanels, useCanvasView } from "./view";

/** At the left: everything that can be put on the canvas. */
export function Palette({ commands }: { commands: Commands }) {
  const { t } = useTranslation("canvas");
  const isOpen = useCanvasView((view) => view.isPaletteOpen);
  if (!isOpen) {
    return (
      <div className={classes.folded}>
        <Tooltip label={t("palette.open")} position="right">
          <ActionIcon
            aria-label={t("palette.open")}
            onClick={() => showPanels({ isPaletteOpen: true })}
          >
            <IconLayoutSidebarLeftExpand size={18} stroke={1.6} />
          </ActionIcon>
        </Tooltip>
      </div>
    );
  }
  return <OpenPalette commands={commands} />;
}

function OpenPalette({ commands }: { commands: Commands }) {
  const { t } = useTranslation("canvas");
  const items = usePaletteItems();
  const recent = useRecentItems((used) => used.ids);
  const mayEdit = useEditor((state) => state.mayEdit);
  const [query, setQuery] = useState("");
  const add = useAdding();
  const put = (item: PaletteItem) => {
    if (mayEdit) {
      add(item, commands.here());
    }
  };
  const isSearching = query.trim() !== "";
  const sections = isSearching
    ? [{ group: "found", title: t("palette.found"), items: rankedItems(items, query, recent) }]
    : [...recentSection(items, recent, t("palette.recent")), ...sectionsOf(items)];
  return (
    <aside className={classes.palette} aria-label={t("palette.label")}>
      <div className={classes.head}>
        <TextInput
          className={classes.search}
          value={query}
          onChange={(event) => setQuery(event.currentTarget.value)}
          placeholder={t("palette.search")}
          aria-label={t("palette.search")}
          leftSection={<IconSearch size={14} aria-hidden />}
          onKeyDown={(event) => {
            const [first] = sections[0]?.items ?? [];
            if (event.key === "Enter" && isSearching && first !== undefined) {
              put(first);
            } else if (event.key === "Escape") {
              setQuery("");
            }
          }}
        />
        <ActionIcon
          aria-label={t("palette.close")}
          title={t("palette.close")}
          onClick={() => showPanels({ isPaletteOpen: false })}
        >
          <IconLayoutSidebarLeftCollapse size={18} stroke={1.6} />
        </ActionIcon>
      </div>
      <div className={classes.list}>
        {sections.map((section) => (
          <Section key={section.group} section={section} onAdd={put} isDraggable={mayEdit} />
        ))}
        {isSearching && sections[0]?.items.length === 0 && (
          <p className={classes.nothing}>{t("palette.nothing", { query })}</p>
        )}
      </div>
      {mayEdit && <p className={classes.foot}>{t("palette.hint")}</p>}
    </aside>
  );
}

function recentSection(
  items: readonly PaletteItem[],
  recent: readonly string[],
  title: string,
): PaletteSection[] {
  const used = recent.flatMap((id) => items.find((item) => item.id === id) ?? []);
  return used.length === 0 ? [] : [{ group: "recent", title, items: used }];
}

interface SectionProps {
  section: PaletteSection;
  onAdd: (item: PaletteItem) => void;
  isDraggable: boolean;
}

function Section({ section, onAdd, isDraggable }: SectionProps) {
  const [isOpen, open] = useState(true);
  const Chevron = isOpen ? IconChevronDown : IconChevronRight;
  return (
    <section>
      <button
        type="button"
        className={classes.sectionTitle}
        aria-expanded={isOpen}
        onClick={() => open(!isOpen)}
      >
        <Chevron size={14} aria-hidden />
        <span
          className={classes.dot}
          style={{ background: groupColour(section.group.replace("my-", "")) }}
          aria-hidden
        />
        {section.title}
        <span className={classes.count}>{section.items.length}</span>
      </button>
      {isOpen &&
        section.items.map((item) => (
          <PaletteEntry key={item.id} item={item} onAdd={onAdd} isDraggable={isDraggable} />
        ))}
    </section>
  );
}
