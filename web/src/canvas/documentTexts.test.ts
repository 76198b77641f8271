import { describe, expect, it } from "vitest";
import { capsuleText, droppedFile } from "./droppedFile";
import { nameIn, withName } from "./pipelineName";
import { settingsSummary } from "./settingsSummary";
import { sparklinePath } from "./sparklinePath";

const TEXT = "# remark\nnetloom: 1\nname: digits # short\nnodes: {}\n";

describe("the name of a pipeline", () => {
  it("is changed on its line alone, quoted where YAML needs it", () => {
    expect(withName(TEXT, "faces: $1")).toBe(
      '# remark\nnetloom: 1\nname: "faces: $1"\nnodes: {}\n',
    );
    expect(withName("netloom: 1\nnodes: {}\n", "new")).toBe("netloom: 1\nname: new\nnodes: {}\n");
  });

  it("is read back as it was given", () => {
    expect(nameIn(TEXT)).toBe("digits");
    expect(nameIn(withName(TEXT, "faces: $1"))).toBe("faces: $1");
    expect(nameIn("nodes: {}")).toBe("");
  });
});

describe("a dropped file", () => {
  const file = (name: string, content: string) => new File([content], name);

  it("is known by its name, and a capsule by its contents", async () => {
    const capsule = JSON.stringify({ written: null, resolved: "netloom: 1\nnodes:\n  a: {op: b}" });
    const kinds = [
      await droppedFile(file("a.YML", "nodes: {}")),
      await droppedFile(file("run.json", capsule)),
      await droppedFile(file("package.json", "{}")),
      await droppedFile(file("cats.zip", "PK")),
    ].map(({ kind }) => kind);
    expect(kinds).toEqual(["pipeline", "capsule", "unknown", "images"]);
  });

  it("prefers the text as it was written", () => {
    expect(capsuleText('{"written": "nodes: {a: b}", "resolved": "nodes: {}"}')).toBe(
      "nodes: {a: b}",
    );
    expect(capsuleText("no JSON")).toBeNull();
  });
});

it("says settings in a few words", () => {
  const settings = {
    epochs: 20,
    optimizer: { type: "adamw", learning_rate: 0.003 },
    size: { $template: "$vars.size" },
    balanced: true,
    path: "/a/very/long/path/to/some/where/flowers.zip",
  };
  expect(settingsSummary(settings)).toBe(
    "epochs 20 · optimizer adamw · size $vars.size · balanced · path …h/to/some/where/flowers.zip",
  );
});

it("draws a constant through the middle and leaves out what is no number", () => {
  expect(sparklinePath([2, 2], 10, 22)).toBe("M0.0 11.0L10.0 11.0");
  expect(sparklinePath([0, Number.NaN, 1], 10, 22)).toBe("M0.0 21.0L10.0 1.0");
});
