import { screen, within } from "@testing-library/react";
import type { ComponentProps } from "react";
import { describe, expect, it } from "vitest";
import { renderScreen } from "@/ui/testing";
import { DifferenceView } from "./DifferenceView";

const DIFFERENCE: ComponentProps<typeof DifferenceView>["difference"] = {
  nodes: [
    { node: "new", change: "added", operator: [null, "image.flip"], values: [] },
    { node: "old", change: "removed", operator: ["image.blur", null], values: [] },
    {
      node: "fit",
      change: "changed",
      operator: ["train", "train"],
      values: [
        { kind: "setting", name: "epochs", before: 3, after: 20 },
        { kind: "input", name: "start_from", before: null, after: "base.model" },
      ],
    },
  ],
  text: "--- 1\n+++ draft\n@@ -1 +1 @@\n-epochs: 3\n+epochs: 20\n",
};

describe("the difference of two versions", () => {
  it("tells nodes that came, went and changed", () => {
    renderScreen(<DifferenceView difference={DIFFERENCE} look="nodes" />);
    const items = screen.getAllByRole("listitem");
    expect(items.map((item) => item.textContent)).toEqual([
      "newaddedimage.flip",
      "oldremovedimage.blur",
      "fitchangedtrainepochs320start_from–base.model",
    ]);
    expect(items.map((item) => item.getAttribute("data-change"))).toEqual([
      "added",
      "removed",
      "changed",
    ]);
  });

  it("shows lines in one column or in two", () => {
    const { unmount } = renderScreen(<DifferenceView difference={DIFFERENCE} look="unified" />);
    expect(rowsOfTable()).toEqual(["⋯ ", "1− epochs: 3", "1+ epochs: 20"]);
    unmount();
    renderScreen(<DifferenceView difference={DIFFERENCE} look="sideBySide" />);
    expect(rowsOfTable()).toEqual(["⋯⋯", "1epochs: 31epochs: 20"]);
  });

  it("says so where there is none", () => {
    renderScreen(<DifferenceView difference={{ nodes: [], text: "" }} look="nodes" />);
    expect(screen.getByText("There is no difference.")).toBeDefined();
  });
});

const rowsOfTable = () =>
  within(screen.getByRole("table"))
    .getAllByRole("row")
    .map((row) => row.textContent);
