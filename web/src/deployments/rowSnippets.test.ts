import { expect, it } from "vitest";
import { exampleRow } from "@/tableModels/exampleRows";
import { COLUMNS } from "@/tableModels/tableModels.testing";
import { rowSnippet } from "./rowSnippets";
import { snippet } from "./snippets";

const ROW = { city: "Côte d'Or", age: 3.5, left: true, spend: null, tags: ["a"], visits: { b: 2 } };
const asked = { address: "http://127.0.0.1:9/v1/predict", token: "s3" };

it("sends a row that the model knows", () => {
  expect(Object.keys(exampleRow(COLUMNS))).toEqual(COLUMNS.map(({ name }) => name));
});

it("keeps quotes from the shell", () => {
  const [, body = ""] = /-d '(.*)'$/s.exec(rowSnippet("curl", { ...asked, row: ROW })) ?? [];
  expect(JSON.parse(body.replaceAll("'\\''", "'"))).toEqual({ rows: [ROW] });
});

it("writes values as Python does", () => {
  expect(rowSnippet("python", { ...asked, row: ROW })).toContain(
    [
      "row = {",
      `    "city": "Côte d'Or",`,
      '    "age": 3.5,',
      '    "left": True,',
      '    "spend": None,',
      '    "tags": ["a"],',
      '    "visits": {"b": 2},',
      "}",
    ].join("\n"),
  );
});

it.each(["curl", "python", "javascript"] as const)(
  "sends the token in %s if there is one",
  (language) => {
    const given = { url: "http://127.0.0.1:9", token: null, row: ROW };
    expect(snippet(language, "predict", { ...given, isProtected: false })).not.toContain("Bearer");
    expect(snippet(language, "predict", { ...given, isProtected: true })).toContain("Bearer TOKEN");
  },
);
