import { describe, expect, it } from "vitest";
import { differenceText, pointsText, targetAnswer } from "./answers";
import { separatedLines, separatorOf, writtenCsv } from "./csv";
import { changedEntries, entriesOf, filledIn, usualEntries } from "./entries";
import { exampleText } from "./exampleRows";
import { inputGroups, type Target } from "./inputs";
import { rangeText, sliderOf, stepOf } from "./ranges";
import { cellKey, refusedCells } from "./refusedCells";
import { resultCsv, saidOf } from "./resultTable";
import { givenRows } from "./rowsText";
import { COLUMNS, column } from "./tableModels.testing";
import { parsedJson, parsedList, parsedMap, parsedScalar } from "./values";

describe("a text in a field", () => {
  it.each([
    ["1.5e3", "number", { value: 1500 }],
    ["1,5", "number", { problem: "number" }],
    ["nan", "number", { value: "NaN" }],
    ["-inf", "number", { value: "-Infinity" }],
    ["NaN", "decimal(10, 2)", { problem: "number" }],
    ["", "number", { problem: "empty" }],
    ["12.50", "decimal(10, 2)", { value: 12.5 }],
    ["3", "integer", { value: 3 }],
    ["3.0", "integer", { value: 3 }],
    ["3.5", "integer", { problem: "integer" }],
    ["9007199254740993", "integer", { problem: "large" }],
    ["Yes", "boolean", { value: true }],
    ["perhaps", "boolean", { problem: "boolean" }],
    ["2024-02-29", "date", { value: "2024-02-29" }],
    ["2023-02-29", "date", { problem: "date" }],
    ["2024-02-29 12:30", "timestamp", { value: "2024-02-29T12:30" }],
    ["noon", "timestamp", { problem: "timestamp" }],
    ["aGk=", "bytes", { value: "aGk=" }],
    ["a b", "bytes", { problem: "bytes" }],
    [" 上海 ", "text", { value: " 上海 " }],
    ["", "text", { value: "" }],
  ])("%j of %s", (text, type, found) => {
    expect(parsedScalar(text, type)).toEqual(found);
  });

  it("of lists and maps is one for each element", () => {
    expect(parsedList(["1", "2"], "list<integer>")).toEqual({ value: [1, 2] });
    expect(parsedList(["1", "b"], "list<integer>")).toEqual({ problem: "integer" });
    expect(parsedMap(["a:b: 2"], "map<text, number>")).toEqual({ value: { "a:b": 2 } });
    expect(parsedMap(["home"], "map<text, number>")).toEqual({ problem: "pair" });
  });

  it("of JSON may have another form than the column's", () => {
    expect(parsedJson("3", column("orders", "integer"))).toEqual({ value: 3 });
    expect(parsedJson(3, column("city", "text"))).toEqual({ value: "3" });
    expect(parsedJson([1], column("city", "text"))).toEqual({ problem: "text" });
    expect(parsedJson("a", column("tags", "list<text>"))).toEqual({ problem: "list" });
    expect(parsedJson([null, "a"], column("tags", "list<text>"))).toEqual({ value: [null, "a"] });
    expect(parsedJson({ a: null }, column("visits", "map<text, number>"))).toEqual({
      value: { a: null },
    });
  });
});

describe("a row in the form", () => {
  it("begins with usual values, and is sent as the model takes it", () => {
    expect(filledIn(COLUMNS, usualEntries(COLUMNS))).toEqual({
      row: {
        age: 40.5,
        orders: null,
        newsletter: true,
        since: "2024-05-01",
        city: "Ulm",
        tags: ["music"],
        visits: { home: 2 },
      },
      problems: {},
    });
  });

  it("tells which fields differ from the start", () => {
    const start = usualEntries(COLUMNS);
    const now = { ...start, ...entriesOf(COLUMNS.slice(4, 5), { city: null }) };
    expect(changedEntries(start, now)).toEqual([{ name: "city", before: "Ulm", now: null }]);
  });

  it("names what cannot be read", () => {
    const entries = { ...usualEntries(COLUMNS), age: { isMissing: false, texts: ["old"] } };
    expect(filledIn(COLUMNS, entries).problems).toEqual({ age: "number" });
  });

  it("is in groups only where there are many columns", () => {
    const names = (query: string, columns = COLUMNS) =>
      inputGroups(columns, query).map(({ group, columns: found }) => [group, found.length]);
    expect(names("")).toEqual([["all", 7]]);
    expect(names("nothing")).toEqual([]);
    const many = [...COLUMNS, ...COLUMNS.map((each) => ({ ...each, name: `${each.name}_2` }))];
    expect(names("", many)).toEqual([
      ["number", 4],
      ["category", 4],
      ["time", 2],
      ["several", 4],
    ]);
    expect(names("CITY", many)).toEqual([["category", 2]]);
  });

  it("has a slider where numbers were seen", () => {
    expect(COLUMNS.map(sliderOf).filter((each) => each !== null)).toEqual([
      { low: 20, high: 70, step: 0.5, usual: 40.5 },
    ]);
    expect([stepOf(1), stepOf(1e6), stepOf(0.03)]).toEqual([0.005, 5000, 0.0002]);
    expect(COLUMNS.map(rangeText)).toEqual([
      "20 – 70",
      "",
      "",
      "2024-01-01 – 2025-12-01",
      "",
      "",
      "",
    ]);
  });
});

describe("pasted rows", () => {
  it("may be separated by what spreadsheets and databases use", () => {
    expect(separatorOf("a;b,c;d")).toBe(";");
    expect(separatedLines('a\tb\r\n"x\t""y"""\t\r\n\r\n1\t""', "\t")).toEqual([
      ["a", "b"],
      ['x\t"y"', null],
      ["1", ""],
    ]);
    expect(separatedLines("a,", ",")).toEqual([["a", null]]);
  });

  it("tell which cells are wrong, and what is unknown or lacking", () => {
    const found = givenRows("age,city,spam\n33,Köln,1\nold,,2\n", COLUMNS);
    expect(found).toMatchObject({
      unknown: ["spam"],
      lacking: ["orders", "newsletter", "since", "tags", "visits"],
      rows: [
        { row: { age: 33, city: "Köln" }, problems: {} },
        { row: { city: null }, problems: { age: "number" }, texts: { age: "old" } },
      ],
    });
  });

  it.each([
    ["a list", '[{"age": 1}, {"city": "Ulm"}]'],
    ["what a service is sent", '{"rows": [{"age": 1}, {"city": "Ulm"}]}'],
    ["lines", '{"age": 1}\n{"city": "Ulm"}\n'],
  ])("may be JSON: %s", (_, text) => {
    const found = givenRows(text, COLUMNS);
    expect(found).toMatchObject({
      rows: [{ row: { age: 1, city: null } }, { row: { city: "Ulm" } }],
    });
  });

  it("may hold lists and maps as JSON or as databases write them", () => {
    const text = 'tags\tvisits\n["a", "b"]\t{"home": 2}\n[a, b]\t{home=2}\nmusic\t';
    const found = givenRows(text, COLUMNS);
    expect(found).toMatchObject({
      rows: [
        { row: { tags: ["a", "b"], visits: { home: 2 } } },
        { row: { tags: ["a", "b"], visits: { home: 2 } } },
        { row: { visits: null }, problems: { tags: "list" } },
      ],
    });
  });

  it.each([
    ["  ", null],
    ["[1, 2]", "json"],
    ["{", "json"],
    ["age,city", "noRows"],
    ["a,b\n1,2", "noColumns"],
  ])("%j are none", (text, found) => {
    expect(givenRows(text, COLUMNS)).toBe(found);
  });

  it("of the example can be predicted as they are", () => {
    const found = givenRows(exampleText(COLUMNS), COLUMNS);
    expect(found).toMatchObject({
      unknown: [],
      lacking: [],
      rows: [
        { row: filledIn(COLUMNS, usualEntries(COLUMNS)).row, problems: {} },
        { row: { age: 20, city: "上海" }, problems: {} },
        { row: { age: 70, city: "Köln, am Rhein" }, problems: {} },
      ],
    });
  });
});

it("what the server refuses is found again in the grid", () => {
  const told = (setting: string) => ({ place: { setting }, message: setting }) as never;
  expect([...refusedCells([told("rows.3.net.income"), told("other")], 1000)]).toEqual([
    [cellKey(1003, "net.income"), "rows.3.net.income"],
  ]);
});

describe("an answer", () => {
  const binary: Target = { column: "left", type: "binary", classes: ["no", "yes"] };
  const classes: Target = { column: "tier", type: "classes", classes: ["a", "b"] };

  it("is the value with its probability, compared with the start", () => {
    const row = { left: true, left_score: 0.75, tier: "b", tier_scores: [0.25, 0.75], spend: 12 };
    const start = { left_score: 0.5, tier_scores: [0.5, 0.5], spend: 10 };
    expect(targetAnswer(binary, row, start)).toEqual({
      kind: "binary",
      value: "true",
      chance: { label: "yes", score: 0.75, before: 0.5 },
    });
    expect(targetAnswer(classes, row, start)).toEqual({
      kind: "classes",
      value: "b",
      chances: [
        { label: "b", score: 0.75, before: 0.5 },
        { label: "a", score: 0.25, before: 0.5 },
      ],
    });
    expect(targetAnswer({ column: "spend", type: "number", classes: null }, row, start)).toEqual({
      kind: "number",
      value: 12,
      before: 10,
    });
    expect(targetAnswer(classes, {})).toBeNull();
    const tags: Target = { column: "tags", type: "labels", classes: ["a", "b", "c"] };
    const several = { tags: ["c", "b"], tags_score: [0.5, 0.9], tags_scores: [0.1, 0.9, 0.5] };
    expect(targetAnswer(tags, several)).toEqual({
      kind: "labels",
      values: ["c", "b"],
      chances: [
        { label: "b", score: 0.9, before: null },
        { label: "c", score: 0.5, before: null },
        { label: "a", score: 0.1, before: null },
      ],
    });
    expect(saidOf(tags, several)).toEqual({ value: "c, b", score: "", isNumber: false });
  });

  it("tells a difference that can be seen", () => {
    expect(pointsText({ score: 0.75, before: 0.5 })).toBe("+25.0");
    expect(pointsText({ score: 0.5, before: 0.512 })).toBe("−1.2");
    expect(pointsText({ score: 0.5, before: 0.5001 })).toBeNull();
    expect(differenceText(12.3456, 13)).toBe("−0.654");
    expect(differenceText(3, 3)).toBeNull();
  });

  it("stands behind its row in the file that is taken away", () => {
    const given = givenRows('city,age\n"Köln, am Rhein",33\n"",', COLUMNS);
    if (given === null || typeof given === "string") {
      throw new Error("no rows");
    }
    const answers = {
      rows: [
        { left: true, left_score: 0.75, spend: 2 },
        { left: false, left_score: 0.5, spend: 3 },
      ],
      seconds: 0,
      load_seconds: 0,
    };
    const spend: Target = { column: "spend", type: "number", classes: null };
    expect(resultCsv(given, answers, [binary, spend])).toBe(
      'city,age,left,left_score,spend\n"Köln, am Rhein",33,true,0.75,2\n"",,false,0.5,3\n',
    );
    expect(saidOf(binary, { left: true, left_score: 0.75 })).toEqual({
      value: "true",
      score: "75.0 %",
      isNumber: false,
    });
    expect(writtenCsv([['a"b,', null]])).toBe('"a""b,",\n');
  });
});
