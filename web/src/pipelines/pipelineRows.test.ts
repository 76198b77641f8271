import { describe, expect, it } from "vitest";
import type { DeploymentSummary } from "@/deployments/deployments";
import { filtered, rowsOf } from "./pipelineRows";
import { latestOf, type PipelineSummary, type RunSummary } from "./pipelines";

const pipeline = (name: string, more: Partial<PipelineSummary> = {}): PipelineSummary => ({
  id: name,
  name,
  description: "",
  revision: 1,
  num_versions: 0,
  owner: "ada",
  visibility: "private",
  right: "own",
  created: 0,
  changed: 0,
  changed_by: "ada",
  ...more,
});

const run = (id: string, of: string, metrics = {}) =>
  ({ id, pipeline: of, state: "succeeded", metrics }) as RunSummary;

describe("rowsOf", () => {
  it("joins each pipeline with its newest run, the recent ones first", () => {
    const recent = latestOf([run("3", "digits", { "score.accuracy": 0.9 }), run("2", "digits")]);
    const older = latestOf([run("1", "letters"), run("0", "digits")]);
    const all = [pipeline("digits"), pipeline("letters"), pipeline("new")];
    const rows = rowsOf(all, [recent, older]);
    expect(rows.map((row) => [row.name, row.run?.id, row.metric?.value])).toEqual([
      ["digits", "3", 0.9],
      ["letters", "1", undefined],
      ["new", undefined, undefined],
    ]);
  });

  it("tells what is served of each", () => {
    const served = (name: string, of: string | null) =>
      ({ name, revision: of && { pipeline: of } }) as DeploymentSummary;
    const deployments = [served("a", "digits"), served("b", "letters"), served("c", null)];
    const rows = rowsOf([pipeline("digits"), pipeline("new")], [], deployments);
    expect(rows.map((row) => row.served.map(({ name }) => name))).toEqual([["a"], []]);
  });
});

describe("filtered", () => {
  const rows = [
    pipeline("digits", { description: "Handwritten" }),
    pipeline("cats", { owner: "bo", visibility: "shared" }),
    pipeline("dogs", { owner: "bo", visibility: "public" }),
  ];
  const names = (search: string, whose: Parameters<typeof filtered>[1]["whose"] = "all") =>
    filtered(rows, { search, whose, user: "ada" }).map((row) => row.name);

  it("finds all words anywhere", () => {
    expect(names("")).toEqual(["digits", "cats", "dogs"]);
    expect(names("HAND dig")).toEqual(["digits"]);
    expect(names("bo s")).toEqual(["cats", "dogs"]);
    expect(names("hand cats")).toEqual([]);
  });

  it("tells whose they are", () => {
    expect(names("", "mine")).toEqual(["digits"]);
    expect(names("", "shared")).toEqual(["cats"]);
    expect(names("", "public")).toEqual(["dogs"]);
  });
});
