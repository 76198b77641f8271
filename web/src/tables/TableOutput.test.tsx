import { fireEvent, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { answerWith } from "@/api/server.testing";
import { givePageSize } from "@/ui/DataTable.testing";
import { renderScreen } from "@/ui/testing";
import { TableOutput } from "./TableOutput";
import type { ColumnSpread, TableColumn, TableLook } from "./tableLook";

beforeAll(() => givePageSize());

const PLACE = { run: "r", node: "load", port: "table", artifact: "a1" };

const spread = (some: Partial<ColumnSpread>): ColumnSpread => ({
  missing: 0,
  not_a_number: 0,
  empty: 0,
  distinct: 2,
  of: "values",
  low: null,
  high: null,
  mean: null,
  bars: [],
  values: [],
  ...some,
});

const column = (name: string, type: string, some: Partial<ColumnSpread>): TableColumn => ({
  name,
  type,
  is_key: name === "id",
  is_partition: false,
  spread: spread(some),
});

const LOOK: TableLook = {
  num_rows: 1234,
  num_columns: 3,
  columns: [
    column("id", "integer", { low: 1, high: 2, bars: [1, 1] }),
    column("age", "number", { missing: 250, low: 17, high: 90, mean: 38.5, bars: [2, 1] }),
    column("city", "text", { values: [{ value: "Ulm", count: 900 }] }),
  ],
  rows: [
    [1, null, "Ulm"],
    [2, 17.5, "Bonn"],
  ],
  num_looked_at: 1000,
  is_far: false,
  keys: ["id"],
  date: "2026-01-30",
  location: "",
  remarks: ["data of 2026-01-30, 1 day late"],
};

async function show(some: Partial<TableLook> = {}) {
  const route = "GET /api/v1/runs/{run}/nodes/{node}/outputs/{output}/table";
  answerWith({ [route]: () => ({ ...LOOK, ...some }) });
  renderScreen(<TableOutput place={PLACE} />);
  await screen.findByRole("searchbox", { name: "Find a column" });
  return userEvent.setup();
}

const button = (name: string) => screen.getByRole("button", { name });
const texts = (elements: readonly HTMLElement[]) => elements.map((each) => each.textContent);

describe("a table that a node made", () => {
  it("says how large it is, and what people should know of it", async () => {
    await show();
    expect(screen.getByText("1,234").parentElement?.textContent).toBe("1,234 rows");
    expect(screen.getByText("data of 2026-01-30, 1 day late")).toBeDefined();
    expect(screen.getByText("Charts are of 1,000 rows from all over the table")).toBeDefined();
  });

  it("shows each column with what is missing, and more when it is chosen", async () => {
    const user = await show();
    expect(texts(screen.getAllByRole("listitem"))).toEqual([
      "idinteger1 – 2",
      "agenumber17 – 9025.0 % missing",
      "citytext2 values",
    ]);
    await user.click(button("About age"));
    const about = await screen.findByRole("dialog");
    expect(within(about).getByText("38.5")).toBeDefined();
    expect(within(about).getByText("250 (25.0 %)")).toBeDefined();
  });

  it("finds columns by their names, in both ways to show them", async () => {
    const user = await show();
    await user.type(screen.getByRole("searchbox"), "it");
    expect(texts(screen.getAllByRole("listitem"))).toEqual(["citytext2 values"]);
    await user.click(screen.getByText("Rows"));
    expect(screen.getAllByRole("columnheader")).toHaveLength(1);
    expect(texts(screen.getAllByRole("gridcell"))).toEqual(["Ulm", "Bonn"]);
  });

  it("copies the cells that are selected with the keys", async () => {
    const user = await show();
    await user.click(screen.getByText("Rows"));
    screen.getByRole("grid").focus();
    await user.keyboard("{ArrowDown}{ArrowRight}{Shift>}{ArrowDown}{ArrowRight}{/Shift}");
    const selected = screen
      .getAllByRole("gridcell")
      .filter((cell) => cell.getAttribute("aria-selected") === "true");
    expect(texts(selected)).toEqual(["null", "Ulm", "17.5", "Bonn"]);
    const setData = vi.fn();
    fireEvent.copy(screen.getByRole("grid"), { clipboardData: { setData } });
    expect(setData.mock.calls).toEqual([["text/plain", "\tUlm\n17.5\tBonn"]]);
  });

  it("far away has columns alone", async () => {
    const columns = LOOK.columns.map((each) => ({ ...each, spread: null }));
    await show({ is_far: true, rows: [], num_looked_at: 0, columns });
    expect(screen.queryByText("Rows")).toBeNull();
    expect(texts(screen.getAllByRole("listitem"))).toEqual(["idinteger", "agenumber", "citytext"]);
    expect(
      screen.getByText("The files are at a URL: their rows are not looked at here."),
    ).toBeDefined();
  });
});
