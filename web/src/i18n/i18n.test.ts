import { describe, expect, it } from "vitest";

const files = import.meta.glob<Record<string, unknown>>("./*/*.json", {
  import: "default",
  eager: true,
});

function keysOf(texts: Record<string, unknown>, prefix = ""): string[] {
  return Object.entries(texts).flatMap(([key, value]) =>
    typeof value === "string"
      ? // Chinese has one plural form, English two.
        [prefix + key.replace(/_(one|other)$/, "")]
      : keysOf(value as Record<string, unknown>, `${prefix}${key}.`),
  );
}

const unique = (keys: string[]) => [...new Set(keys)].sort();
const english = Object.keys(files).filter((path) => path.startsWith("./en/"));

describe("texts", () => {
  it.each(english)("%s says the same in Chinese", (path) => {
    const chinese = files[path.replace("/en/", "/zh/")] ?? {};
    expect(unique(keysOf(chinese))).toEqual(unique(keysOf(files[path] ?? {})));
  });

  it("has no Chinese file without an English one", () => {
    expect(Object.keys(files)).toHaveLength(2 * english.length);
  });
});
