import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";
import { type Question, useConfirm } from "./confirm";
import { renderScreen } from "./testing";

const DELETE: Question = {
  title: "Delete “digits”?",
  text: "Its versions go too.",
  action: "Delete",
};

type Heard = boolean | "asked";

/** A button that asks. */
function Asking({ question, heard }: { question: Question; heard: Heard[] }) {
  const confirm = useConfirm();
  const remove = async () => {
    heard.push("asked");
    heard.push(await confirm(question));
  };
  return (
    <button type="button" onClick={remove}>
      Remove
    </button>
  );
}

/** Shows the button; returns the answers given so far. */
function asking(question: Question): Heard[] {
  const heard: Heard[] = [];
  renderScreen(<Asking question={question} heard={heard} />);
  return heard;
}

const ask = () => userEvent.click(screen.getByRole("button", { name: "Remove" }));

describe("asking before something is lost", () => {
  it("says what will be gone, and goes on once it is confirmed", async () => {
    const answers = asking(DELETE);
    await ask();
    const dialog = screen.getByRole("alertdialog", { name: DELETE.title });
    expect(dialog.textContent).toContain("Its versions go too.");
    expect(answers).toEqual(["asked"]);
    await userEvent.click(screen.getByRole("button", { name: "Delete" }));
    expect(answers).toEqual(["asked", true]);
    expect(screen.queryByRole("alertdialog")).toBeNull();
  });

  it("counts Escape and Cancel as no", async () => {
    const answers = asking(DELETE);
    await ask();
    await userEvent.keyboard("{Escape}");
    await ask();
    await userEvent.click(screen.getByRole("button", { name: "Cancel" }));
    expect(answers).toEqual(["asked", false, "asked", false]);
  });

  it("has the button of the answer focused, so that Enter confirms", async () => {
    const answers = asking(DELETE);
    await ask();
    await userEvent.keyboard("{Enter}");
    expect(answers).toEqual(["asked", true]);
  });

  it("lets what is expensive to lose go only for who typed its name", async () => {
    const answers = asking({ ...DELETE, typed: "digits" });
    await ask();
    const button = screen.getByRole("button", { name: "Delete" }) as HTMLButtonElement;
    await userEvent.keyboard("digit{Enter}");
    expect([button.disabled, answers]).toEqual([true, ["asked"]]);
    await userEvent.keyboard("s");
    expect(button.disabled).toBe(false);
    await userEvent.keyboard("{Enter}");
    expect(answers).toEqual(["asked", true]);
  });

  it("answers no to a question when another one takes its place", async () => {
    const answers = asking(DELETE);
    await ask();
    screen.getByText("Remove").click(); // behind the dialog: a second question at the same time
    await Promise.resolve();
    await userEvent.click(screen.getByRole("button", { name: "Delete" }));
    expect(answers).toEqual(["asked", "asked", false, true]);
  });
});
