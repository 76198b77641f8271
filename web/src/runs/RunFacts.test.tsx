import { screen } from "@testing-library/react";
import { expect, it } from "vitest";
import { answerWith } from "@/api/server.testing";
import { renderScreen } from "@/ui/testing";
import { RunFacts } from "./RunFacts";
import type { Run } from "./runQueries";

const run = (operator: string, engine: Run["engine"]): Run =>
  ({
    id: "20261127-113151-17292d",
    state: "succeeded",
    created: 1,
    started: 1,
    seconds: 2,
    owner: "ada",
    engine,
    nodes: [{ operator, progress: null, state: "succeeded" }],
  }) as unknown as Run;

const served = () =>
  answerWith({ "GET /api/v1/server": () => ({ engine: "duckdb", engines: ["duckdb", "spark"] }) });

it("names the engine that was asked for", () => {
  const asked = served();
  renderScreen(<RunFacts run={run("tables.query", "spark")} />);
  expect(screen.getByText("Spark").title).toBe("Asked for when it was started");
  expect(asked).toEqual([]);
});

it("names the project's choice where none was asked for", async () => {
  served();
  renderScreen(<RunFacts run={run("tables.query", null)} />);
  expect((await screen.findByText("DuckDB")).title).toBe("The project's choice");
});

it("says nothing of engines where there are no tables", () => {
  const asked = served();
  renderScreen(<RunFacts run={run("train", null)} />);
  expect(screen.queryByText("Tables by")).toBeNull();
  expect(asked).toEqual([]);
});
