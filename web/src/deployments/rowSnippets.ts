/** How a program asks a deployment of a model of tables about rows, in three languages. */
import type { Row } from "@/tableModels/inputs";
import { pythonRow } from "@/tableModels/pythonRow";
import type { SnippetLanguage } from "./snippets";

interface AskedRow {
  address: string;
  token: string | null;
  row: Row;
}

/** A text that runs as it is, once the token is there. */
export function rowSnippet(language: SnippetLanguage, asked: AskedRow): string {
  switch (language) {
    case "curl":
      return curl(asked);
    case "python":
      return python(asked);
    case "javascript":
      return javascript(asked);
  }
}

function curl({ address, token, row }: AskedRow): string {
  const authorization = token === null ? "" : `-H "Authorization: Bearer ${token}" `;
  const body = JSON.stringify({ rows: [row] }, null, 2).replaceAll("'", "'\\''");
  return (
    `curl ${authorization}-H "Content-Type: application/json" \\\n` +
    `  ${address} \\\n` +
    `  -d '${body}'`
  );
}

function python({ address, token, row }: AskedRow): string {
  const authorization = token === null ? "" : `, "Authorization": "Bearer ${token}"`;
  return [
    "import json, urllib.request",
    "",
    `row = ${pythonRow(row)}`,
    `headers = {"Content-Type": "application/json"${authorization}}`,
    'body = json.dumps({"rows": [row]}).encode()',
    `request = urllib.request.Request("${address}", body, headers)`,
    "with urllib.request.urlopen(request) as answer:",
    '    print(json.load(answer)["rows"])',
  ].join("\n");
}

function javascript({ address, token, row }: AskedRow): string {
  const authorization = token === null ? [] : [`    Authorization: "Bearer ${token}",`];
  return [
    `const row = ${JSON.stringify(row, null, 2)};`,
    `const answer = await fetch("${address}", {`,
    '  method: "POST",',
    "  headers: {",
    '    "Content-Type": "application/json",',
    ...authorization,
    "  },",
    "  body: JSON.stringify({ rows: [row] }),",
    "});",
    "console.log((await answer.json()).rows);",
  ].join("\n");
}
