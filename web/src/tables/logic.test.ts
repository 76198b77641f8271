import { describe, expect, it } from "vitest";
import { familyOf, foundColumns, namesColumn } from "./columnTypes";
import { bucketsOf, type FeatureMapSummary, featureMapOf, missingShare } from "./featureMap";
import { isSelected, movedBy, selectedCells, wholeGrid } from "./gridSelection";
import { columnsFor, type KnownTables } from "./knownColumns";
import { barsOf, endsText, shareText } from "./spread";
import { type ColumnSpread, separatedText, shownCell } from "./tableLook";

const COLUMNS = [
  { name: "user_id", type: "integer" },
  { name: "price_old", type: "decimal(10, 2)" },
  { name: "price", type: "number" },
  { name: "tags", type: "list<text>" },
];
const names = (columns: readonly { name: string }[]) => columns.map(({ name }) => name);

describe("columns", () => {
  it("have a family by their type", () => {
    const types = ["decimal(3, 1)", "map<text, number>", "struct<a: int64>", "timestamp", null];
    expect(types.map(familyOf)).toEqual(["number", "map", "map", "time", "unknown"]);
  });

  it("are found by words of name and type, the best first", () => {
    expect(names(foundColumns(COLUMNS, "price"))).toEqual(["price", "price_old"]);
    expect(names(foundColumns(COLUMNS, "LIST"))).toEqual(["tags"]);
    expect(names(foundColumns(COLUMNS, "id int"))).toEqual(["user_id"]);
    expect(foundColumns(COLUMNS, " ")).toBe(COLUMNS);
  });

  it("are named by patterns where these are allowed", () => {
    const fits = (name: string, isPattern: boolean) => namesColumn(name, COLUMNS, { isPattern });
    expect([fits("price_*", true), fits("price_*", false), fits("t?gs", true)]).toEqual([
      true,
      false,
      true,
    ]);
    expect([fits("pric", true), fits("p.ice*", true)]).toEqual([false, false]);
  });
});

const NUMBERS: ColumnSpread = {
  missing: 1,
  not_a_number: 1,
  empty: 0,
  distinct: 4,
  of: "values",
  low: 0,
  high: 3,
  mean: 1.5,
  bars: [2, 4, 0, 2],
  values: [],
};

describe("spreads", () => {
  it("have a bar for each range, called by the only whole number in it", () => {
    expect(barsOf(NUMBERS, 10).map(({ percent, label }) => [percent, label])).toEqual([
      [50, "0"],
      [100, "1"],
      [0, "2"],
      [50, "3"],
    ]);
    expect(barsOf({ ...NUMBERS, high: 1 }, 10)[1]?.label).toBe("0.25 – 0.5");
    expect(barsOf({ ...NUMBERS, low: "2026-01-01", high: "2026-01-09" }, 10)[1]?.label).toBe(
      "2026-01-01 – 2026-01-09",
    );
  });

  it("of texts have a bar for each frequent value, and one for the others", () => {
    const values = [
      { value: "a", count: 4 },
      { value: "", count: 2 },
    ];
    const spread = { ...NUMBERS, low: null, high: null, bars: [], values, not_a_number: 0 };
    expect(barsOf(spread, 10)).toEqual([
      { key: "=a", percent: 100, label: "a", count: 4, isRest: false },
      { key: "=", percent: 50, label: '""', count: 2, isRest: false },
      { key: "rest", percent: 75, label: "…", count: 3, isRest: true },
    ]);
    expect(barsOf({ ...spread, values: [] }, 10)).toEqual([]);
  });

  it("say ends and shares", () => {
    expect([endsText(NUMBERS), endsText({ ...NUMBERS, high: 0 })]).toEqual(["0 – 3", "0"]);
    expect([shareText(0, 0), shareText(1, 1e6), shareText(1, 8)]).toEqual([
      "0.0 %",
      "< 0.1 %",
      "12.5 %",
    ]);
  });
});

describe("cells", () => {
  it("that differ look different", () => {
    const cells: [unknown, string][] = [
      [null, "text"],
      ["", "text"],
      ["NaN", "number"],
      ["NaN", "text"],
      [0.30000001192092896, "number"],
      [0.1, "number"],
      [false, "boolean"],
    ];
    expect(cells.map(([cell, type]) => shownCell(cell, type))).toEqual([
      { text: "null", tone: "missing" },
      { text: '""', tone: "missing" },
      { text: "NaN", tone: "special" },
      { text: "NaN", tone: "plain" },
      { text: "0.30000001", tone: "plain" },
      { text: "0.1", tone: "plain" },
      { text: "false", tone: "plain" },
    ]);
  });

  it("are copied so that a spreadsheet reads them", () => {
    expect(
      separatedText([
        ["a", null],
        ["x\ty", 'say "hi"'],
      ]),
    ).toBe('a\t\n"x\ty"\t"say ""hi"""');
  });
});

describe("selections", () => {
  const size = { rows: 5, columns: 3 };
  const at = (row: number, column: number) => ({ row, column });
  const start = { anchor: at(1, 1), focus: at(1, 1) };
  const plain = { extends: false, whole: false };

  it("move with the keys and stay within the grid", () => {
    const to = (key: string, modifiers = plain) => movedBy(key, start, size, modifiers)?.focus;
    expect([to("ArrowUp"), to("ArrowRight"), to("PageDown"), to("End")]).toEqual([
      at(0, 1),
      at(1, 2),
      at(4, 1),
      at(1, 2),
    ]);
    expect(to("ArrowDown", { extends: false, whole: true })).toEqual(at(4, 1));
    expect(to("Home", { extends: false, whole: true })).toEqual(at(0, 0));
    expect(to("x")).toBeUndefined();
  });

  it("grow to rectangles, in any direction", () => {
    const grown = movedBy("ArrowUp", start, size, { extends: true, whole: false });
    expect(grown).toEqual({ anchor: at(1, 1), focus: at(0, 1) });
    const wide = { anchor: at(1, 2), focus: at(0, 1) };
    expect([isSelected(wide, at(1, 1)), isSelected(wide, at(2, 1))]).toEqual([true, false]);
    expect(
      selectedCells(
        [
          [1, 2, 3],
          [4, 5, 6],
          [7, 8, 9],
        ],
        wide,
      ),
    ).toEqual([
      [2, 3],
      [5, 6],
    ]);
    expect(wholeGrid(size)).toEqual({ anchor: at(0, 0), focus: at(4, 2) });
  });
});

describe("columns known before a run", () => {
  const table = (...columns: string[]) => ({
    columns: columns.map((name) => ({ name, type: "text" })),
    keys: [],
  });
  const nodes: KnownTables["nodes"] = {
    merge: { inputs: { seed: [table("id")], tables: [table("a"), null, table("c")] }, outputs: {} },
    train: { inputs: { table: [table("y", "part")] }, outputs: {} },
  };
  const after = new Map([
    ["net", ["look", "train"]],
    ["look", ["net"]],
  ]);
  const found = (node: string, port: string, path: string) => {
    const columns = columnsFor(nodes, node, { port, isPattern: false }, path, after);
    return columns && names(columns);
  };

  it("are those of the input that a setting is about", () => {
    expect(found("merge", "seed", "keys")).toEqual(["id"]);
    expect(found("merge", "tables", "sources.0.columns")).toEqual(["a"]);
    expect(found("merge", "tables", "sources.1.columns")).toBeNull();
    expect(found("merge", "tables", "sources.2.columns.0")).toEqual(["c"]);
    expect(found("merge", "other", "keys")).toBeNull();
    expect(found("nowhere", "table", "keys")).toBeNull();
  });

  it("are those of the next tables where the node has none itself", () => {
    expect(found("net", "", "targets.0.column")).toEqual(["y", "part"]);
    expect(found("train", "", "targets.0.column")).toBeNull();
  });
});

describe("feature maps", () => {
  const feature = (bucket: string, column: string) =>
    ({ bucket, column, column_type: "text", type: "category", ids: 4 }) as const;
  const map: FeatureMapSummary = {
    checksum: "abc",
    rows: 9,
    date: "",
    keys: [],
    labels: [],
    encoded: ["a_ids", "a_b_ids", "a_b_tags_ids"].map((name) => ({
      name,
      type: "int32",
      width: 1,
    })),
    features: [feature("a", "city"), feature("a_b", "tags"), feature("a_b", "kind")],
  };

  it("show features and encoded columns bucket by bucket", () => {
    const seen = (query: string) =>
      bucketsOf(map, query).map(({ name, features, encoded }) => [
        name,
        features.map(({ column }) => column),
        names(encoded),
      ]);
    expect(seen("")).toEqual([
      ["a", ["city"], ["a_ids"]],
      ["a_b", ["tags", "kind"], ["a_b_ids", "a_b_tags_ids"]],
    ]);
    expect(seen("KIND")).toEqual([["a_b", ["kind"], ["a_b_ids", "a_b_tags_ids"]]]);
  });

  it("are told from other summaries", () => {
    expect(featureMapOf({ ...map })).toEqual(map);
    expect(featureMapOf({ rows: 3, columns: [] })).toBeNull();
  });

  it("know what was missing where that was counted", () => {
    const counted = { ...feature("a", "x"), values: 8, missing: 2 };
    expect([missingShare(counted), missingShare(feature("a", "x"))]).toEqual([0.25, null]);
  });
});
