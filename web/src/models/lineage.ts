/** Where a model comes from, as a small graph from left to right. */
import type { Model } from "./models";

export type LineageKind = "source" | "parent" | "data" | "run" | "model";

/** A card of the graph. */
export interface LineageCard {
  readonly id: string;
  readonly kind: LineageKind;
  readonly title: string;
  /** Number of samples, where there are any. */
  readonly samples: number | null;
  readonly parts: Readonly<Record<string, number>>;
  /** Operator or node, for those who know pipelines. */
  readonly detail: string;
  /** Where it leads; null if there is nothing to see or one may not see it. */
  readonly to: string | null;
  readonly column: number;
  /** From the top, in cards; columns are centred, so halves occur. */
  readonly row: number;
}

export interface Lineage {
  readonly cards: readonly LineageCard[];
  readonly links: readonly { readonly from: string; readonly to: string }[];
  readonly columns: number;
  readonly rows: number;
}

type Unplaced = Omit<LineageCard, "column" | "row">;

/** Sources and parents at the left, then the data as trained on, the run, and the model. */
export function lineageOf(model: Model): Lineage {
  const sources = model.sources.map(sourceCard);
  const parents = model.parents.map(parentCard);
  const data = dataCards(model);
  const run = runCard(model);
  const last = card("model", "model", model.name, model.architecture, null);
  const columns = [[...sources, ...parents], data, [run], [last]].filter((each) => each.length > 0);
  const rows = Math.max(...columns.map((each) => each.length));
  const into = data[0]?.id ?? run.id;
  return {
    cards: columns.flatMap((cards, column) =>
      cards.map((each, at) => ({ ...each, column, row: (rows - cards.length) / 2 + at })),
    ),
    links: [
      ...sources.map(({ id }) => ({ from: id, to: into })),
      ...data.map(({ id }) => ({ from: id, to: run.id })),
      ...parents.map(({ id }) => ({ from: id, to: run.id })),
      { from: run.id, to: last.id },
    ],
    columns: columns.length,
    rows,
  };
}

function card(
  id: string,
  kind: LineageKind,
  title: string,
  detail: string,
  to: string | null,
  counts: { samples: number | null; parts: Record<string, number> } = { samples: null, parts: {} },
): Unplaced {
  return { id, kind, title, detail, to, samples: counts.samples, parts: counts.parts };
}

const sourceCard = (source: Model["sources"][number]): Unplaced =>
  card(
    `source:${source.node}`,
    "source",
    source.name,
    source.operator,
    datasetOf(source.path),
    source,
  );

const parentCard = ({ node, artifact }: Model["parents"][number]): Unplaced =>
  card(`parent:${artifact}`, "parent", node, artifact.slice(0, 12), `/models/${artifact}`);

const dataCards = ({ trained_on }: Model): Unplaced[] =>
  trained_on === null ? [] : [card("data", "data", trained_on.node, "", null, trained_on)];

const runCard = (model: Model): Unplaced =>
  card(
    "run",
    "run",
    model.pipeline,
    `${model.node}: ${model.operator}`,
    model.run_right === null ? null : `/runs/${model.run}`,
  );

/** The screen of the uploaded data set that a path leads to. */
export function datasetOf(path: string | null): string | null {
  const [, dataset] = /(?:^|\/)\.netloom\/uploads\/([^/]+)\//.exec(path ?? "") ?? [];
  return dataset === undefined ? null : `/data/${dataset}`;
}
