import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { describe, expect, it } from "vitest";
import { renderScreen } from "@/ui/testing";
import { ColumnPicker } from "./ColumnPicker";
import { ColumnsPicker } from "./ColumnsPicker";
import type { NamedColumn } from "./columnTypes";

const COLUMNS: NamedColumn[] = [
  { name: "user_id", type: "integer" },
  { name: "price", type: "number" },
  { name: "price_old", type: "number" },
];

interface Options {
  columns?: NamedColumn[] | null;
  isPattern?: boolean;
  isReadOnly?: boolean;
}

interface Seen {
  values: readonly string[];
}

function Several({ seen, options }: { seen: Seen; options: Required<Options> }) {
  const [values, set] = useState(seen.values);
  seen.values = values;
  return <ColumnsPicker id="keys" label="Keys" {...options} values={values} onChange={set} />;
}

function several(start: string[], options: Options = {}) {
  const seen: Seen = { values: start };
  const all = { columns: COLUMNS, isPattern: false, isReadOnly: false, ...options };
  renderScreen(<Several seen={seen} options={all} />);
  return { seen, user: userEvent.setup(), box: screen.getByRole("textbox", { name: "Keys" }) };
}

function Single() {
  const [value, set] = useState("price");
  return (
    <ColumnPicker
      id="column"
      label="Column"
      columns={COLUMNS}
      isPattern={false}
      isReadOnly={false}
      value={value}
      onChange={set}
    />
  );
}

describe("choosing columns", () => {
  it("lists what is left, and takes the first that was found with Enter", async () => {
    const { seen, user, box } = several(["user_id"]);
    await user.click(box);
    expect(await screen.findByRole("option", { name: /^price_old/ })).toBeDefined();
    expect(screen.queryByRole("option", { name: /user_id/ })).toBeNull();
    await user.type(box, "old{Enter}");
    expect(seen.values).toEqual(["user_id", "price_old"]);
  });

  it("takes all that were found at once", async () => {
    const { seen, user, box } = several([]);
    await user.type(box, "pri");
    await user.click(await screen.findByRole("option", { name: "Choose all 2" }));
    expect(seen.values).toEqual(["price", "price_old"]);
  });

  it("removes with the cross and with the backspace key", async () => {
    const { seen, user, box } = several(["user_id", "price"]);
    await user.click(screen.getByRole("button", { name: "Remove user_id" }));
    expect(seen.values).toEqual(["price"]);
    await user.type(box, "{Backspace}");
    expect(seen.values).toEqual([]);
  });

  it("keeps names that the table does not have, and warns", async () => {
    const { seen, user, box } = several([]);
    await user.type(box, "colour{Enter}");
    expect(seen.values).toEqual(["colour"]);
    expect(screen.getByText("The table has no column “colour”")).toBeDefined();
  });

  it("takes patterns where they are allowed, and says what they find", async () => {
    const { seen, user, box } = several([], { isPattern: true });
    await user.type(box, "price*");
    expect(await screen.findByText("Use the pattern “price*”: 2 columns")).toBeDefined();
    await user.keyboard("{Enter}");
    expect(seen.values).toEqual(["price*"]);
    expect(screen.queryByText(/No column of the table fits/)).toBeNull();
  });

  it("does not warn while nobody knows the columns", async () => {
    const { seen, user, box } = several([], { columns: null });
    await user.type(box, "colour,size{Tab}");
    expect(seen.values).toEqual(["colour", "size"]);
    expect(screen.queryByText(/has no column/)).toBeNull();
  });

  it("cannot be changed by people who may only look", () => {
    const { box } = several(["price"], { isReadOnly: true });
    expect(box).toHaveProperty("disabled", true);
    expect(screen.queryByRole("button", { name: "Remove price" })).toBeNull();
  });
});

describe("choosing a column", () => {
  it("offers all of them, and takes any other name with a warning", async () => {
    renderScreen(<Single />);
    const user = userEvent.setup();
    const box = screen.getByRole("textbox", { name: "Column" });
    await user.click(box);
    await user.click(await screen.findByRole("option", { name: /^user_id/ }));
    expect(box).toHaveProperty("value", "user_id");
    await user.clear(box);
    await user.type(box, "colour");
    expect(screen.getByText("The table has no column “colour”")).toBeDefined();
  });
});
