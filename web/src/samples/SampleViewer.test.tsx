import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { describe, expect, it } from "vitest";
import { renderScreen } from "@/ui/testing";
import { outlinePath } from "./outlines";
import { SampleViewer } from "./SampleViewer";
import { type StoredSample, sampleQuery } from "./samples";

const PLACE = { run: "r1", node: "data", port: "out", artifact: "a1" };
const ROSE = {
  label: "rose",
  text: null,
  colour: "#e69f00",
  box: [40, 30, 240, 180],
  outlines: [],
  is_crowd: false,
};
const FOUND = { label: "tulip", score: 0.97, box: [40, 30, 80, 60], outlines: [] };
const CUT_OUT = {
  parent: "garden/7.png",
  box: [100, 50, 420, 290],
  coarse: "flower",
  score: 0.88,
  source: "matched" as const,
};
const sampleAt = (number: number): StoredSample => ({
  number,
  id: `images/${number}.png`,
  label: null,
  part: "train",
  width: 320,
  height: 240,
  kind: "objects",
  is_annotated: number !== 2,
  text: null,
  objects: number === 0 ? [ROSE] : [],
  num_objects: number === 0 ? 1 : 0,
  areas: [],
  origin: number === 1 ? CUT_OUT : null,
  found: number === 1 ? [FOUND] : [],
  num_found: number === 1 ? 1 : 0,
  found_label: number === 1 ? "flower" : null,
  found_score: number === 1 ? 0.5 : null,
});

function Viewer() {
  const [number, setNumber] = useState<number | null>(0);
  return <SampleViewer place={PLACE} total={3} number={number} onNumber={setNumber} />;
}

function opened() {
  const { client } = renderScreen(<Viewer />);
  for (const number of [0, 1, 2]) {
    client.setQueryData(sampleQuery(PLACE, number).queryKey, sampleAt(number));
  }
}

const names = () => [...document.querySelectorAll("figure span")].map((each) => each.textContent);
const frames = () => document.querySelectorAll("svg path[d^='M40 30']").length;

describe("a sample shown large", () => {
  it("is drawn with its objects and lists them, until they are hidden", async () => {
    opened();
    expect(await screen.findByText("images/0.png")).toBeTruthy();
    expect(screen.getByText("1 object")).toBeTruthy();
    expect(screen.getByText("200 × 150")).toBeTruthy();
    expect(frames()).toBe(1);
    expect(names()).toEqual(["rose"]);
    await userEvent.click(screen.getByRole("switch", { name: "Annotations" }));
    expect(frames()).toBe(0);
    expect(names()).toEqual([]);
    await userEvent.keyboard("a");
    expect(frames()).toBe(1);
  });

  it("tells where it was cut out, and what a model found in it", async () => {
    opened();
    await userEvent.keyboard("{ArrowRight}");
    expect(await screen.findByText("garden/7.png")).toBeTruthy();
    expect(screen.getByText("320 × 240 · 100, 50")).toBeTruthy();
    expect(screen.getByText("flower · 88.0 %")).toBeTruthy();
    expect(screen.getByText("flower · 50.0 %")).toBeTruthy();
    expect(screen.getByText("1 found by a model")).toBeTruthy();
    expect(screen.getByText("tulip")).toBeTruthy();
    expect(document.querySelectorAll("svg path[data-found]").length).toBe(1);
  });

  it("is enlarged with what is drawn on it, and the next one is whole again", async () => {
    opened();
    const figure = () => screen.getByRole("figure").style.width;
    expect(await screen.findByText("images/0.png")).toBeTruthy();
    expect(figure()).toContain("min(100%");
    await userEvent.keyboard("+");
    expect(figure()).toBe("480px");
    await userEvent.keyboard("{ArrowRight}");
    expect(await screen.findByText("images/1.png")).toBeTruthy();
    expect(figure()).toContain("min(100%");
  });

  it("is leafed through with arrow keys, and says where nothing is and where nobody looked", async () => {
    opened();
    expect(await screen.findByText("images/0.png")).toBeTruthy();
    await userEvent.keyboard("{ArrowRight}");
    expect(await screen.findByText("There is no object in this picture.")).toBeTruthy();
    await userEvent.keyboard("{ArrowRight}{ArrowRight}");
    expect(await screen.findByText("Nobody has annotated this picture.")).toBeTruthy();
    expect(screen.getByRole("dialog", { name: "Picture 3 of 3" })).toBeTruthy();
  });
});

describe("the shape of an object", () => {
  it("is its outlines, or the frame of its box", () => {
    expect(outlinePath(ROSE)).toBe("M40 30H240V180H40Z");
    expect(outlinePath({ box: [], outlines: [[1, 2, 3, 4, 5, 6], []] })).toBe("M1 2L3 4L5 6Z");
  });
});
