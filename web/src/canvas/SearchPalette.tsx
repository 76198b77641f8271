import { TextInput } from "@mantine/core";
import { useClickOutside } from "@mantine/hooks";
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useCatalogue, useEditor } from "@/editor/EditorContext";
import { titleOfType } from "@/graph/catalogue";
import classes from "./Palette.module.css";
import { EntryBody } from "./PaletteEntry";
import { PortMark } from "./PortMark";
import { fittingItems, type PaletteItem, rankedItems } from "./paletteItems";
import { useRecentItems } from "./recentItems";
import { useAdding } from "./useAdding";
import { usePaletteItems } from "./usePaletteItems";
import { type SearchRequest, show, useCanvasView } from "./view";

const MOST_RESULTS = 40;
const WIDTH = 360;
const HEIGHT = 420;

/** Finds an operator by typing and puts it where the pointer was; opened by `/`, a double click, or a dropped connection. */
export function SearchPalette() {
  const request = useCanvasView((view) => view.search);
  return request && <SearchBox key={JSON.stringify(request.canvas)} request={request} />;
}

function SearchBox({ request }: { request: SearchRequest }) {
  const { t } = useTranslation("canvas");
  const [query, setQuery] = useState("");
  const [active, setActive] = useState(0);
  const results = useResults(query, request);
  const catalogue = useCatalogue();
  const add = useAdding();
  const close = () => show({ search: null });
  const box = useClickOutside(close);
  const choose = (item: PaletteItem | undefined) => {
    if (item !== undefined) {
      close();
      add(item, request.canvas, request.from);
    }
  };
  const press = (event: KeyboardEvent) => {
    const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1 };
    const step = steps[event.key];
    if (step !== undefined) {
      event.preventDefault();
      setActive((active + step + results.length) % Math.max(1, results.length));
    } else if (event.key === "Enter" && !event.nativeEvent.isComposing) {
      event.preventDefault();
      choose(results[active]);
    } else if (event.key === "Escape") {
      event.stopPropagation();
      close();
    }
  };
  return (
    <div
      ref={box}
      className={classes.searchBox}
      style={placeOf(request)}
      role="dialog"
      aria-label={t("search.label")}
    >
      <div className={classes.searchHead}>
        {request.from && (
          <div className={classes.searchFor}>
            <PortMark type={request.from.type} />
            {t(request.from.side === "output" ? "search.takes" : "search.gives", {
              type: titleOfType(catalogue, request.from.type),
            })}
          </div>
        )}
        <TextInput
          data-autofocus
          autoFocus
          value={query}
          onChange={(event) => {
            setQuery(event.currentTarget.value);
            setActive(0);
          }}
          onKeyDown={press}
          placeholder={t("palette.search")}
          aria-label={t("palette.search")}
          role="combobox"
          aria-expanded
          aria-controls="nl-search-results"
          aria-activedescendant={results[active] ? `nl-search-${results[active].id}` : undefined}
        />
      </div>
      <Results results={results} active={active} onChoose={choose} />
      {results.length === 0 && <p className={classes.nothing}>{t("palette.nothing", { query })}</p>}
    </div>
  );
}

function useResults(query: string, { from }: SearchRequest): PaletteItem[] {
  const items = usePaletteItems();
  const catalogue = useCatalogue();
  const graph = useEditor((state) => state.graph);
  const recent = useRecentItems((used) => used.ids);
  const fitting = useMemo(
    () => fittingItems(items, catalogue, graph, from),
    [items, catalogue, graph, from],
  );
  return useMemo(
    () => rankedItems(fitting, query, recent).slice(0, MOST_RESULTS),
    [fitting, query, recent],
  );
}

interface ResultsProps {
  results: readonly PaletteItem[];
  active: number;
  onChoose: (item: PaletteItem) => void;
}

function Results({ results, active, onChoose }: ResultsProps) {
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    list.current?.children[active]?.scrollIntoView({ block: "nearest" });
  }, [active]);
  return (
    <div ref={list} id="nl-search-results" role="listbox" className={classes.results}>
      {results.map((item, place) => (
        // biome-ignore lint/a11y/useKeyWithClickEvents: the text field above has the keyboard
        <div
          key={item.id}
          id={`nl-search-${item.id}`}
          role="option"
          tabIndex={-1}
          aria-selected={place === active}
          className={classes.entry}
          onClick={() => onChoose(item)}
        >
          <EntryBody item={item} />
        </div>
      ))}
    </div>
  );
}

/** Beside the pointer, but never out of the window. */
function placeOf({ screen }: SearchRequest): { left: number; top: number } {
  return {
    left: Math.max(8, Math.min(screen.x, window.innerWidth - WIDTH - 8)),
    top: Math.max(8, Math.min(screen.y, window.innerHeight - HEIGHT - 8)),
  };
}
