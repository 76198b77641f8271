import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { describe, expect, it } from "vitest";
import { renderScreen } from "@/ui/testing";
import type { Sample } from "./datasets";
import { SamplePreview } from "./SamplePreview";
import { findingsWith } from "./surveyed.testing";

const sampleAt = (number: number): Sample => ({
  number,
  path: `cats/${number}.png`,
  label: "cat",
  part: null,
  width: 320,
  height: 200,
  size_bytes: 4096,
  group: null,
});

/** A gallery of three pictures whose `first` one is open; tells which is. */
function Gallery({ first, isSlow = false }: { first: number; isSlow?: boolean }) {
  const [index, setIndex] = useState<number | null>(first);
  return (
    <>
      <output aria-label="open">{index ?? "none"}</output>
      <SamplePreview
        dataset="d1"
        findings={findingsWith()}
        sample={index === null || isSlow ? undefined : sampleAt(index)}
        index={index}
        total={3}
        onIndex={setIndex}
      />
    </>
  );
}

const open = () => screen.getByLabelText("open").textContent;
const width = () => screen.getByRole("img", { name: "cat" }).style.width;

describe("a picture shown large", () => {
  it("is leafed through with arrow keys and buttons, not beyond the ends", async () => {
    renderScreen(<Gallery first={1} />);
    expect(screen.getByRole("dialog", { name: "Picture 2 of 3" })).toBeTruthy();
    await userEvent.keyboard("{ArrowRight}{ArrowRight}");
    expect(open()).toBe("2");
    expect(screen.getByRole("button", { name: "Next picture" })).toHaveProperty("disabled", true);
    await userEvent.click(screen.getByRole("button", { name: "Previous picture" }));
    await userEvent.keyboard("{ArrowLeft}{ArrowLeft}");
    expect(open()).toBe("0");
    expect(screen.getByText("cats/0.png")).toBeTruthy();
  });

  it("is enlarged step by step, and the next one is whole again", async () => {
    renderScreen(<Gallery first={0} />);
    expect(width()).toBe("");
    await userEvent.keyboard("+");
    expect(width()).toBe("480px");
    await userEvent.keyboard("--");
    expect(Number.parseFloat(width())).toBeCloseTo(320 / 1.5, 1);
    await userEvent.keyboard("0");
    expect(width()).toBe("");
    await userEvent.keyboard("+{ArrowRight}");
    expect(width()).toBe("");
  });

  it("shows that a picture is on its way, and can be closed meanwhile", async () => {
    renderScreen(<Gallery first={0} isSlow />);
    expect(screen.queryByRole("img", { name: "cat" })).toBeNull();
    await userEvent.keyboard("{Escape}");
    expect(open()).toBe("none");
    expect(screen.queryByRole("dialog")).toBeNull();
  });
});
