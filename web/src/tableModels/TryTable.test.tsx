import { configure, fireEvent, screen, waitFor, within } from "@testing-library/react";
import { expect, it, vi } from "vitest";
import { Refusal } from "@/api/client";
import { renderScreen } from "@/ui/testing";
import type { AskRows, Row, Target } from "./inputs";
import { TryTable } from "./TryTable";
import { COLUMNS, column } from "./tableModels.testing";

// Fields with lists to choose from are slow to draw without a browser: two columns will do.
const FEW = COLUMNS.filter(({ name }) => name === "age" || name === "city");
configure({ asyncUtilTimeout: 5_000 });
vi.setConfig({ testTimeout: 20_000 });

const TARGETS: readonly Target[] = [
  { column: "left", type: "binary", classes: ["no", "yes"] },
  { column: "spend", type: "number", classes: null },
];

const field = (name: string) => screen.getByLabelText(name, { selector: "input, textarea" });
const button = (text: string) => screen.getByText(text).closest("button") as HTMLButtonElement;

/** The older somebody is, the likelier they leave. */
function older(): { asked: Row[][]; ask: AskRows } {
  const asked: Row[][] = [];
  const ask: AskRows = async (rows) => {
    asked.push([...rows]);
    return {
      rows: rows.map(({ age }) => {
        const score = Number(age ?? 0) / 100;
        return {
          left: score >= 0.5 ? "yes" : "no",
          left_score: score,
          spend: 2 * Number(age ?? 0),
        };
      }),
      seconds: 0.002,
      load_seconds: 0,
    };
  };
  return { asked, ask };
}

const show = (ask: AskRows) =>
  renderScreen(
    <TryTable
      inputs={[...FEW, column("id", "integer", { required: false })]}
      targets={TARGETS}
      source="m1"
      ask={ask}
    />,
  );

const said = (target: string) => screen.findByLabelText(target, { selector: "section" });

it("predicts a usual row at once, and shows what a change does", async () => {
  const { asked, ask } = older();
  show(ask);
  expect((await said("left")).textContent).toBe("leftnoProbability of “yes”40.5 %");
  expect(asked).toHaveLength(1);
  expect(Object.keys(asked[0]?.[0] ?? {})).toEqual(["age", "city"]);

  fireEvent.change(field("age"), { target: { value: "60.5" } });
  await waitFor(async () =>
    expect((await said("left")).textContent).toBe("leftyes+20.0 pointsProbability of “yes”60.5 %"),
  );
  expect((await said("spend")).textContent).toBe("spend121+40");
  const changes = screen.getByLabelText("Changes");
  expect(within(changes).getByRole("listitem").textContent).toBe("age40.560.5");

  fireEvent.click(screen.getByLabelText("Put age back"));
  await screen.findByText("81");
  expect((await said("spend")).textContent).toBe("spend81");
  expect(asked).toHaveLength(2); // the usual row was answered before
});

it("sends null for what is missing, and asks nothing while a field cannot be read", async () => {
  const { asked, ask } = older();
  show(ask);
  await said("left");
  fireEvent.click(screen.getByLabelText("city is missing"));
  await waitFor(() => expect(asked.at(-1)?.[0]?.city).toBeNull());
  fireEvent.change(field("age"), { target: { value: "old" } });
  expect((await screen.findByRole("alert")).textContent).toBe("is no number");
  expect(screen.getByText(/Answers for the row as it was/)).toBeTruthy();
  fireEvent.click(screen.getByText("Put all back"));
  expect(screen.queryByRole("alert")).toBeNull();
  expect(screen.getByLabelText("city is missing").ariaChecked).toBe("false");
});

it("says why a row was refused", async () => {
  show(async () => {
    throw new Refusal(422, "the model is gone");
  });
  expect((await screen.findByRole("alert")).textContent).toContain("the model is gone");
});

const LINES = "id,age,city\n";

it("predicts rows that were pasted, after telling which cells are wrong", async () => {
  const { asked, ask } = older();
  show(ask);
  await said("left");
  fireEvent.click(screen.getByText("Several rows"));
  const text = field("Rows");
  fireEvent.change(text, { target: { value: `${LINES}7,old,Ulm\n` } });
  expect(screen.getByText("Row 1, age: “old” is no number")).toBeTruthy();
  expect(button("Predict 1 row")).toHaveProperty("disabled", true);

  fireEvent.change(text, { target: { value: `${LINES}7,20,Ulm\n8,70,Ulm\n` } });
  fireEvent.click(screen.getByText("Predict 2 rows"));
  expect(await screen.findByText("2 rows in 2.0 ms")).toBeTruthy();
  expect(asked.at(-1)?.map(({ id, age, city }) => [id, age, city])).toEqual([
    [7, 20, "Ulm"],
    [8, 70, "Ulm"],
  ]);
});

it("shows what the server refuses among the mistakes, by its cell", async () => {
  const { ask } = older();
  const diagnostic = { code: "T441", message: "age is too old", place: { setting: "rows.0.age" } };
  show((rows) =>
    rows[0]?.age === 200
      ? Promise.reject(new Refusal(422, "refused", [diagnostic as never]))
      : ask(rows),
  );
  await said("left");
  fireEvent.click(screen.getByText("Several rows"));
  const text = field("Rows");
  fireEvent.change(text, { target: { value: `${LINES}7,200,Ulm\n` } });
  fireEvent.click(button("Predict 1 row"));
  expect((await screen.findByRole("alert")).textContent).toBe("Row 1: age is too old");
});
