import { describe, expect, it } from "vitest";
import { fileNameOf, freeName, withName } from "./pipelineText";

describe("withName", () => {
  it("changes only the line of the name", () => {
    const text =
      "# Digits.\nnetloom: 1\nname: digits   # of old\ndescription: all\nnodes:\n  a: {op: x, name: b}\n";
    expect(withName(text, "letters")).toBe(
      "# Digits.\nnetloom: 1\nname: letters   # of old\ndescription: all\nnodes:\n  a: {op: x, name: b}\n",
    );
  });

  it("replaces a name on several lines", () => {
    expect(withName("name: >\n  one\n  two\nnodes: {}\n", "three")).toBe(
      "name: three\nnodes: {}\n",
    );
  });

  it("puts a missing name behind the version, else on top", () => {
    expect(withName("netloom: 1\nnodes: {}\n", "a")).toBe("netloom: 1\nname: a\nnodes: {}\n");
    expect(withName("nodes: {}\n", "a")).toBe("name: a\nnodes: {}\n");
  });

  it.each([
    ["cats & dogs", '"cats & dogs"'],
    ["true", '"true"'],
    ["7", '"7"'],
    ["a: b", '"a: b"'],
    ["$& $1", '"$& $1"'],
    ["手写数字 2", "手写数字 2"],
    ["digits (copy)", "digits (copy)"],
  ])("writes %s so that YAML reads it back", (name, written) => {
    expect(withName('name: "old"\n', name)).toBe(`name: ${written}\n`);
  });
});

describe("freeName", () => {
  it("keeps a name that is free", () => {
    expect(freeName("digits", ["letters"])).toBe("digits");
  });

  it("counts on from the stem", () => {
    expect(freeName("digits", ["digits"])).toBe("digits 2");
    expect(freeName("digits 2", ["digits", "digits 2", "digits 3"])).toBe("digits 4");
  });
});

describe("fileNameOf", () => {
  it.each([
    ["digits", "digits.yaml"],
    ["cats & dogs", "cats_dogs.yaml"],
    ["../etc/passwd", "etc_passwd.yaml"],
    ["手写数字", "手写数字.yaml"],
    ["///", "pipeline.yaml"],
  ])("of %s", (name, file) => {
    expect(fileNameOf(name)).toBe(file);
  });
});
