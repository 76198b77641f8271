import { describe, expect, it } from "vitest";
import { isUserName, strengthOf } from "./passwords";

describe("strengthOf", () => {
  it.each([
    ["sevench", "short"],
    ["aaaaaaaaaaaaaaaa", "weak"],
    ["1234567890", "weak"],
    ["password", "weak"],
    ["mYk4!rTz", "fair"],
    ["correct horse battery", "good"],
    ["一二三四五六七八", "good"],
  ])("calls %s %s", (password, strength) => {
    expect(strengthOf(password)).toBe(strength);
  });

  it("gives nothing for one's own name", () => {
    expect(strengthOf("Lovelace-ada", "lovelace")).toBe("weak");
    expect(strengthOf("Lovelace-ada")).toBe("good");
  });
});

describe("isUserName", () => {
  it.each(["ada", "Ada", "a.b-c_9"])("takes %s", (name) => {
    expect(isUserName(name)).toBe(true);
  });

  it.each(["", "9lives", "ada lovelace", "阿达", "a".repeat(33)])("refuses %j", (name) => {
    expect(isUserName(name)).toBe(false);
  });
});
