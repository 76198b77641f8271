import { describe, expect, it } from "vitest";
import { renderScreen } from "@/ui/testing";
import { blocksOf, DocText } from "./DocText";

describe("help of an operator", () => {
  it("is cut into paragraphs, lists and code", () => {
    expect(blocksOf("One\ntwo.\n\n- a\n  b\n- c\n\n    x = 1\n    y\n")).toEqual([
      { kind: "paragraph", lines: ["One", "two."] },
      { kind: "list", lines: ["a b", "c"] },
      { kind: "code", lines: ["x = 1", "y"] },
    ]);
  });

  it("never becomes HTML", () => {
    const { container } = renderScreen(
      <DocText text={'A <img src=x onerror="y"> ``code`` *b*.'} />,
    );
    expect(container.querySelector("img")).toBeNull();
    expect(container.querySelector("p")?.innerHTML).toBe(
      'A &lt;img src=x onerror="y"&gt; <code>code</code> <em>b</em>.',
    );
  });
});
