import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { renderScreen } from "@/ui/testing";
import { CurveChart } from "./CurveChart";
import type { CurveSeries } from "./curves";

const series = (id: string, values: (number | null)[], more: Partial<CurveSeries> = {}) =>
  ({
    id,
    label: id,
    steps: values.map((_, at) => 10 * at),
    values,
    times: values.map((_, at) => 1000 + at),
    ...more,
  }) as CurveSeries;

const LOSSES = [series("train", [4, 2, 1.5]), series("valid", [5, 2.5, 3])];

/** jsdom cannot draw: without a width there is no plot, only what is around it. */
beforeEach(() => {
  Object.defineProperty(HTMLElement.prototype, "clientWidth", {
    configurable: true,
    get: () => 0,
  });
  Element.prototype.scrollIntoView ??= () => undefined;
});

afterEach(() => void Reflect.deleteProperty(HTMLElement.prototype, "clientWidth"));

const rows = () =>
  screen
    .getAllByRole("row")
    .slice(1)
    .map((row) =>
      [within(row).getByRole("rowheader"), ...within(row).getAllByRole("cell")].map(
        (cell) => cell.textContent,
      ),
    );

describe("a chart of curves", () => {
  it("is a table, too: last, smallest and largest value of each curve", () => {
    renderScreen(<CurveChart title="loss" series={LOSSES} />);
    expect(rows()).toEqual([
      ["train", "", "1.5", "1.5", "4"],
      ["valid", "", "3", "2.5", "5"],
    ]);
    const plot = screen.getByRole("img", {
      name: "loss: 2 curves. The table below has their values.",
    });
    expect(plot.tabIndex).toBe(0);
  });

  it("leaves values out that were no numbers", () => {
    renderScreen(<CurveChart title="loss" series={[series("diverged", [2, 3, null])]} />);
    expect(rows()).toEqual([["diverged", "", "3", "2", "3"]]);
  });

  it("hides a curve and shows it again", async () => {
    renderScreen(<CurveChart title="loss" series={LOSSES} />);
    const button = screen.getByRole("button", { name: "valid", pressed: true });
    await userEvent.click(button);
    expect(screen.getByRole("button", { name: "valid", pressed: false })).toBe(button);
    expect(screen.getByRole("button", { name: "train", pressed: true })).toBeTruthy();
    await userEvent.click(button);
    expect(screen.getByRole("button", { name: "valid", pressed: true })).toBe(button);
  });

  it("offers epochs as an axis only where some were logged", async () => {
    const { unmount } = renderScreen(<CurveChart title="loss" series={LOSSES} />);
    const axes = async () => {
      await userEvent.click(screen.getByRole("combobox", { name: "Horizontal axis" }));
      return (await screen.findAllByRole("option")).map((option) => option.textContent);
    };
    expect(await axes()).toEqual(["Step", "Time since start", "Time of day"]);
    unmount();
    renderScreen(<CurveChart title="loss" series={[series("a", [1, 2], { epochs: [1, 2] })]} />);
    expect(await axes()).toEqual(["Step", "Epoch", "Time since start", "Time of day"]);
  });

  it("keeps axis, scale and smoothing itself unless its owner does", async () => {
    const { unmount } = renderScreen(<CurveChart title="loss" series={LOSSES} />);
    const log = screen.getByRole("switch", { name: "Logarithmic" }) as HTMLInputElement;
    await userEvent.click(log);
    expect(log.checked).toBe(true);
    unmount();
    const options = { axis: "step", isLog: false, smoothing: 0 } as const;
    renderScreen(<CurveChart title="loss" series={LOSSES} options={options} />);
    expect(screen.queryByRole("switch")).toBeNull();
  });

  it("is just the plot where there is little room", () => {
    renderScreen(<CurveChart title="loss" series={LOSSES} isBare />);
    expect(screen.queryByRole("table")).toBeNull();
    expect(screen.queryByRole("heading")).toBeNull();
    expect(screen.getByRole("img")).toBeTruthy();
  });
});
