import { describe, expect, it } from "vitest";
import {
  type Column,
  isShown,
  NOTHING_CHOSEN,
  nextSort,
  sorted,
  widthsOf,
  withShown,
} from "./DataTableColumns";

interface Row {
  name: string;
  loss: number | null;
}
const name: Column<Row> = {
  id: "name",
  header: "Name",
  isFixed: true,
  grows: true,
  width: 100,
  render: (row) => row.name,
  sortValue: (row) => row.name,
};
const loss: Column<Row> = {
  id: "loss",
  header: "Loss",
  width: 80,
  firstOrder: "descending",
  render: (row) => row.loss,
  sortValue: (row) => row.loss,
};
const note: Column<Row> = { id: "note", header: "Note", isOptional: true, render: () => "" };
const rows: Row[] = [
  { name: "run 10", loss: 0.5 },
  { name: "run 9", loss: null },
  { name: "run 2", loss: 0.1 },
];

describe("columns of a table", () => {
  it("are shown unless optional, and as chosen", () => {
    const shown = (memory = NOTHING_CHOSEN) =>
      [name, loss, note].map((column) => isShown(column, memory));
    expect(shown()).toEqual([true, true, false]);
    const chosen = withShown(withShown(NOTHING_CHOSEN, note, true), loss, false);
    expect(shown(chosen)).toEqual([true, false, true]);
    expect(withShown(withShown(chosen, note, false), loss, true)).toEqual(NOTHING_CHOSEN);
    expect(isShown(name, withShown(NOTHING_CHOSEN, name, false))).toBe(true);
  });

  it("share the room that is left, unless their width was chosen", () => {
    expect(widthsOf([name, loss], NOTHING_CHOSEN, 500)).toEqual([420, 80]);
    expect(widthsOf([name, loss], NOTHING_CHOSEN, 100)).toEqual([100, 80]);
    const chosen = { ...NOTHING_CHOSEN, widths: { name: 120 } };
    expect(widthsOf([name, loss], chosen, 500)).toEqual([120, 80]);
  });
});

describe("the order of rows", () => {
  it("goes from the first order to the other one to none", () => {
    const first = nextSort(null, loss);
    expect(first).toEqual({ column: "loss", order: "descending" });
    expect(nextSort(first, loss)).toEqual({ column: "loss", order: "ascending" });
    expect(nextSort({ column: "loss", order: "ascending" }, loss)).toBeNull();
    expect(nextSort(first, name)).toEqual({ column: "name", order: "ascending" });
  });

  it("puts missing values last in both directions", () => {
    const names = (order: "ascending" | "descending") =>
      sorted(rows, [name, loss], { column: "loss", order }).map((row) => row.name);
    expect(names("ascending")).toEqual(["run 2", "run 10", "run 9"]);
    expect(names("descending")).toEqual(["run 10", "run 2", "run 9"]);
  });

  it("reads numbers in texts as numbers", () => {
    const order = sorted(rows, [name], { column: "name", order: "ascending" });
    expect(order.map((row) => row.name)).toEqual(["run 2", "run 9", "run 10"]);
  });

  it("leaves rows as they are without one", () => {
    expect(sorted(rows, [name, note], null)).toBe(rows);
    expect(sorted(rows, [name, note], { column: "note", order: "ascending" })).toBe(rows);
  });
});
