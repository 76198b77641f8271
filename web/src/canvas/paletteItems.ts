/** What can be put on the canvas: operators, the person's own data and models. */
import type { Schemas } from "@/api/client";
import type { Graph } from "@/editor/types";
import { type Catalogue, componentsOf, type NodeOperator } from "@/graph/catalogue";
import { acceptors, producers } from "@/graph/connecting";
import { type Findable, found } from "./paletteSearch";
import { synonymsOf } from "./synonyms";
import type { LooseEnd } from "./view";

export interface PaletteItem extends Findable {
  /** Group id: of the operator, or `my-data`, `my-models`. */
  group: string;
  groupTitle: string;
  operator: NodeOperator | null;
  settings: Readonly<Record<string, unknown>>;
  /** Id of a trained model, which comes as text. */
  model: string | null;
  /** Port to connect at once. */
  port: string | null;
}

export interface OtherNames {
  title: string;
  summary: string;
}

/** Operators in the order of the palette, with their names in the other language where known. */
export function operatorItems(
  catalogue: Catalogue,
  graph: Graph | null,
  others: ReadonlyMap<string, OtherNames>,
): PaletteItem[] {
  const components = graph === null ? [] : [...componentsOf(catalogue, graph).values()];
  return [...catalogue.operators.values(), ...components].map((operator) => ({
    id: operator.id,
    title: operator.title,
    otherTitle: others.get(operator.id)?.title ?? "",
    summary: operator.summary,
    otherSummary: others.get(operator.id)?.summary ?? "",
    synonyms: synonymsOf(operator.id),
    group: operator.group,
    groupTitle: operator.group_title,
    operator,
    settings: {},
    model: null,
    port: null,
  }));
}

/** Complete data sets, the newest version of each, as nodes that read them. */
export function datasetItems(
  datasets: readonly Schemas["Dataset"][],
  catalogue: Catalogue,
  groupTitle: string,
): PaletteItem[] {
  return datasets.flatMap((dataset) => {
    const { id, name, path, reader, is_newest: isNewest, num_images: images } = dataset;
    const operator = catalogue.operators.get(reader ?? "");
    if (path === null || !isNewest || operator === undefined) {
      return [];
    }
    const size = images === null ? "" : ` · ${images}`;
    return [
      {
        ...own(`dataset:${id}`, name, `${dataset.file_name}${size}`),
        group: "my-data",
        groupTitle,
        operator,
        settings: { path },
      },
    ];
  });
}

/** Trained models as nodes that give them. */
export function modelItems(
  models: readonly Schemas["ModelSummary"][],
  groupTitle: string,
): PaletteItem[] {
  return models.map(({ id, name, version, architecture, classes }) => ({
    ...own(
      `model:${id}`,
      version === null ? name : `${name} ${version}`,
      `${architecture} · ${classes.slice(0, 4).join(", ")}`,
    ),
    group: "my-models",
    groupTitle,
    operator: null,
    settings: {},
    model: id,
  }));
}

const own = (id: string, title: string, summary: string) => ({
  id,
  title,
  summary,
  otherTitle: "",
  otherSummary: "",
  synonyms: [],
  model: null,
  port: null,
});

/** Only what a loose end can be connected with, each with the port for it. */
export function fittingItems(
  items: readonly PaletteItem[],
  catalogue: Catalogue,
  graph: Graph | null,
  from: LooseEnd | null,
): PaletteItem[] {
  if (from === null) {
    return [...items];
  }
  const candidates = (from.side === "output" ? acceptors : producers)(catalogue, from.type, graph);
  const ports = new Map(candidates.map(({ operator, port }) => [operator.id, port.name]));
  return items.flatMap((item) => {
    const port = item.operator === null ? undefined : ports.get(item.operator.id);
    return port === undefined ? [] : [{ ...item, port }];
  });
}

/** What fits what was typed, best first; with nothing typed those used last come first. */
export function rankedItems(
  items: readonly PaletteItem[],
  query: string,
  recent: readonly string[],
): PaletteItem[] {
  const matching = found(items, query);
  if (query.trim() !== "") {
    return matching;
  }
  const place = (item: PaletteItem) => {
    const index = recent.indexOf(item.id);
    return index < 0 ? recent.length : index;
  };
  return matching.sort((first, second) => place(first) - place(second));
}

export interface PaletteSection {
  group: string;
  title: string;
  items: PaletteItem[];
}

/** Items by group, groups in the order in which they first occur. */
export function sectionsOf(items: readonly PaletteItem[]): PaletteSection[] {
  const sections = new Map<string, PaletteSection>();
  for (const item of items) {
    const section = sections.get(item.group) ?? {
      group: item.group,
      title: item.groupTitle,
      items: [],
    };
    section.items.push(item);
    sections.set(item.group, section);
  }
  return [...sections.values()];
}
