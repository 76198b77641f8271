import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it, vi } from "vitest";
import { Refusal } from "@/api/client";
import { renderScreen } from "@/ui/testing";
import { DescribeDialog, type Described } from "./DescribeDialog";

function opened(onSave: (changes: Described) => Promise<unknown>) {
  const onClose = vi.fn();
  const given = { title: "Rename", name: "pets", description: "from 2019", hint: "Paths stay." };
  renderScreen(<DescribeDialog {...given} isOpen onSave={onSave} onClose={onClose} />);
  return { onClose, name: screen.getByLabelText("Name"), save: screen.getByText("Save") };
}

describe("naming and describing", () => {
  it("saves what was typed, the name without blanks around it, and closes", async () => {
    const onSave = vi.fn(async () => undefined);
    const { onClose, name, save } = opened(onSave);
    await userEvent.clear(name);
    await userEvent.type(name, "  cats ");
    await userEvent.type(screen.getByLabelText("Description"), ", and 2020");
    await userEvent.click(save);
    expect(onSave).toHaveBeenCalledExactlyOnceWith({
      name: "cats",
      description: "from 2019, and 2020",
    });
    expect(onClose).toHaveBeenCalledOnce();
  });

  it("stays open with what was typed when saving fails, and says why", async () => {
    const { onClose, name, save } = opened(() =>
      Promise.reject(new Refusal(409, "the name is taken")),
    );
    await userEvent.clear(name);
    await userEvent.type(name, "dogs");
    await userEvent.click(save);
    expect((await screen.findByRole("alert")).textContent).toContain("the name is taken");
    expect((name as HTMLInputElement).value).toBe("dogs");
    expect(onClose).not.toHaveBeenCalled();
  });

  it("has nothing to save without a name", async () => {
    const onSave = vi.fn(async () => undefined);
    const { name } = opened(onSave);
    await userEvent.clear(name);
    await userEvent.type(name, " {Enter}");
    expect(screen.getByRole("button", { name: "Save" })).toHaveProperty("disabled", true);
    expect(onSave).not.toHaveBeenCalled();
  });

  it("says what another name means", () => {
    opened(async () => undefined);
    expect(screen.getByText("Paths stay.")).toBeTruthy();
  });
});
