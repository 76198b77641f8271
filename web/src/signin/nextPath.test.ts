import { describe, expect, it } from "vitest";
import { localPath } from "./nextPath";

describe("localPath", () => {
  it.each([
    ["/runs/a?tab=logs#end", "/runs/a?tab=logs#end"],
    ["/pipelines", "/pipelines"],
    ["/runs/../queue", "/queue"],
  ])("keeps %s", (next, path) => {
    expect(localPath(next)).toBe(path);
  });

  it.each([
    null,
    "",
    "runs",
    "//evil.example",
    "/\\evil.example",
    "/\t/evil.example",
    "/.//evil.example",
    "https://evil.example/",
    "javascript:alert(1)",
    "/sign-in?next=/sign-in",
    "/start?token=x",
  ])("sends %j home", (next) => {
    expect(localPath(next)).toBe("/");
  });
});
