import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { type Column, DataTable } from "./DataTable";
import { givePageSize } from "./DataTable.testing";
import { renderScreen } from "./testing";

interface Row {
  id: string;
  loss: number;
}
const ROWS: Row[] = Array.from({ length: 1000 }, (_, at) => ({ id: `run-${at}`, loss: at % 7 }));
const COLUMNS: Column<Row>[] = [
  { id: "id", header: "Id", isFixed: true, render: ({ id }) => id, sortValue: ({ id }) => id },
  {
    id: "loss",
    header: "Loss",
    firstOrder: "descending",
    render: ({ loss }) => loss,
    sortValue: ({ loss }) => loss,
  },
  { id: "note", header: "Note", isOptional: true, render: () => "a note" },
];

function Table({ onOpen, rows = ROWS }: { onOpen?: (row: Row) => void; rows?: Row[] }) {
  const [selection, select] = useState<ReadonlySet<string>>(new Set());
  return (
    <>
      <output>{[...selection].join(" ")}</output>
      <DataTable
        name="test"
        label="Runs"
        rows={rows}
        columns={COLUMNS}
        rowKey={({ id }) => id}
        onOpen={onOpen ?? (() => undefined)}
        selection={selection}
        onSelectionChange={select}
        actions={({ id }) => [{ id: "open", label: `Open ${id}`, onChoose: () => undefined }]}
        empty="Nothing here"
      />
    </>
  );
}

beforeEach(() => {
  givePageSize({ height: 120 });
  localStorage.clear();
});

const firstCells = () =>
  screen
    .getAllByRole("row")
    .slice(1)
    .map((row) => within(row).getAllByRole("gridcell")[1]?.textContent);

describe("a table", () => {
  it("draws only what is in view, and says how much there is", () => {
    renderScreen(<Table />);
    const grid = screen.getByRole("grid", { name: "Runs" });
    expect(grid.getAttribute("aria-rowcount")).toBe("1001");
    expect(screen.getAllByRole("row").length).toBeLessThan(40);
    expect(firstCells().slice(0, 2)).toEqual(["run-0", "run-1"]);
  });

  it("is walked through, opened and selected with keys", async () => {
    const onOpen = vi.fn();
    renderScreen(<Table onOpen={onOpen} />);
    const grid = screen.getByRole("grid");
    grid.focus();
    await userEvent.keyboard("{ArrowDown}{ArrowDown}{Enter}");
    expect(onOpen).toHaveBeenCalledExactlyOnceWith(ROWS[2]);
    const active = document.getElementById(grid.getAttribute("aria-activedescendant") ?? "");
    expect(active?.getAttribute("aria-rowindex")).toBe("4");
    await userEvent.keyboard(" {Shift>}{ArrowDown}{/Shift}");
    expect(screen.getByRole("status").textContent).toBe("run-2 run-3");
    expect(active?.getAttribute("aria-selected")).toBe("true");
  });

  it("orders rows by a column's head", async () => {
    renderScreen(<Table />);
    await userEvent.click(screen.getByRole("button", { name: "Loss" }));
    expect(firstCells().slice(0, 2)).toEqual(["run-6", "run-13"]);
    const head = screen.getByRole("columnheader", { name: "Loss" });
    expect(head.getAttribute("aria-sort")).toBe("descending");
  });

  it("remembers which columns were chosen", async () => {
    const first = renderScreen(<Table />);
    expect(screen.queryByRole("columnheader", { name: "Note" })).toBeNull();
    await userEvent.click(screen.getByRole("button", { name: "Choose columns" }));
    await userEvent.click(await screen.findByRole("checkbox", { name: "Note" }));
    first.unmount();
    renderScreen(<Table />);
    expect(screen.getByRole("columnheader", { name: "Note" })).toBeTruthy();
  });

  it("offers what can be done with a row", async () => {
    renderScreen(<Table />);
    const row = screen.getAllByRole("row")[2] as HTMLElement;
    await userEvent.click(within(row).getByRole("button", { name: "Actions of the row" }));
    expect(await screen.findByRole("menuitem", { name: "Open run-1" })).toBeTruthy();
  });

  it("says what to do while it is empty", () => {
    renderScreen(<Table rows={[]} />);
    expect(screen.getByText("Nothing here")).toBeTruthy();
  });
});
