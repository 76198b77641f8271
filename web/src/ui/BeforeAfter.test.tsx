import { fireEvent, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";
import { BeforeAfter } from "./BeforeAfter";
import { renderScreen } from "./testing";

const shown = () => {
  renderScreen(<BeforeAfter before="/before" after="/after" width={640} height={480} />);
  return screen.getByRole<HTMLInputElement>("slider", { name: "Line between before and after" });
};

it("is a slider whose value people and readers of screens are told", async () => {
  const slider = shown();
  expect([slider.min, slider.max, slider.value]).toEqual(["0", "100", "50"]);
  expect(slider.getAttribute("aria-valuetext")).toBe("50 % before");
  await userEvent.tab();
  expect(document.activeElement).toBe(slider);
  await userEvent.keyboard("{ArrowRight}{ArrowRight}{PageUp}");
  expect(slider.value).toBe("62");
  await userEvent.keyboard("{Home}");
  expect(slider.getAttribute("aria-valuetext")).toBe("0 % before");
});

it("shows as much of the picture before as the line says", () => {
  const slider = shown();
  fireEvent.change(slider, { target: { value: "12.5" } });
  expect(slider.parentElement?.style.getPropertyValue("--share")).toBe("12.5%");
});

it("shows what came out alone, if the picture before has a format that browsers do not know", () => {
  shown();
  fireEvent.error(screen.getByRole("img", { name: "The picture before" }));
  expect(screen.queryByRole("slider")).toBeNull();
  expect(screen.getByRole("img", { name: "The picture after" })).toBeTruthy();
  expect(screen.getByText("Your browser cannot show the picture before")).toBeTruthy();
});
