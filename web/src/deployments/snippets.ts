/** How a program asks a deployment, in three languages, ready to be copied. */

import type { Row } from "@/tableModels/inputs";
import { rowSnippet } from "./rowSnippets";

export const LANGUAGES = ["curl", "python", "javascript"] as const;
export type SnippetLanguage = (typeof LANGUAGES)[number];

/** Rows are sent to the typed route. */
export const ROW_ROUTE = "predict";

export const ROUTES = ["aip", "predict"] as const;
/** `aip`: one picture as JSON with the status in the answer; `predict`: the typed route. */
export type SnippetRoute = (typeof ROUTES)[number];

interface Asked {
  url: string;
  isProtected: boolean;
  /** Shown right after it was made; later a placeholder stands for it. */
  token: string | null;
  /** What a model of tables is asked about; without it, a picture is sent. */
  row?: Row | null;
}

const PATHS: Record<SnippetRoute, string> = { aip: "/aip", predict: "/v1/predict" };

export const addressOf = (url: string, route: SnippetRoute): string => url + PATHS[route];

/** A text that runs as it is, once `photo.jpg` (and the token) are there. */
export function snippet(language: SnippetLanguage, route: SnippetRoute, asked: Asked): string {
  const address = addressOf(asked.url, route);
  const token = asked.isProtected ? (asked.token ?? "TOKEN") : null;
  if (asked.row) {
    return rowSnippet(language, { address, token, row: asked.row });
  }
  switch (language) {
    case "curl":
      return curl(route, address, token);
    case "python":
      return python(route, address, token);
    case "javascript":
      return javascript(route, address, token);
  }
}

function curl(route: SnippetRoute, address: string, token: string | null): string {
  const authorization = token === null ? "" : `-H "Authorization: Bearer ${token}" `;
  return route === "aip"
    ? `curl ${authorization}-H "Content-Type: application/json" \\\n` +
        `  -d '{"image": "'$(base64 -w0 photo.jpg)'"}' ${address}`
    : `curl ${authorization}-F file=@photo.jpg ${address}`;
}

function python(route: SnippetRoute, address: string, token: string | null): string {
  const authorization = token === null ? "" : `, "Authorization": "Bearer ${token}"`;
  const body =
    route === "aip"
      ? [
          'with open("photo.jpg", "rb") as file:',
          '    body = json.dumps({"image": base64.b64encode(file.read()).decode()}).encode()',
        ]
      : ['with open("photo.jpg", "rb") as file:', "    body = file.read()"];
  const type = route === "aip" ? "application/json" : "image/jpeg";
  return [
    route === "aip" ? "import base64, json, urllib.request" : "import json, urllib.request",
    "",
    ...body,
    `headers = {"Content-Type": "${type}"${authorization}}`,
    `request = urllib.request.Request("${address}", body, headers)`,
    "with urllib.request.urlopen(request) as answer:",
    "    print(json.load(answer))",
  ].join("\n");
}

function javascript(route: SnippetRoute, address: string, token: string | null): string {
  const authorization = token === null ? [] : [`    Authorization: "Bearer ${token}",`];
  const type = route === "aip" ? "application/json" : "image/jpeg";
  return [
    'import { readFile } from "node:fs/promises";',
    "",
    'const picture = await readFile("photo.jpg");',
    `const answer = await fetch("${address}", {`,
    '  method: "POST",',
    "  headers: {",
    `    "Content-Type": "${type}",`,
    ...authorization,
    "  },",
    route === "aip"
      ? '  body: JSON.stringify({ image: picture.toString("base64") }),'
      : "  body: picture,",
    "});",
    "console.log(await answer.json());",
  ].join("\n");
}
