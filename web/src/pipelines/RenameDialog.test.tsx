import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it, vi } from "vitest";
import { Refusal } from "@/api/client";
import { answerWith } from "@/api/server.testing";
import { renderScreen } from "@/ui/testing";
import type { PipelineSummary } from "./pipelines";
import { RenameDialog } from "./RenameDialog";

const PIPELINE = { id: "p1", name: "digits" } as PipelineSummary;
const DRAFT = { id: "p1", revision: 4, text: "name: digits  # mine\n" };

function opened({ refuses = false } = {}) {
  const asked = answerWith({
    "GET /api/v1/pipelines/{pipeline}": () => DRAFT,
    "PUT /api/v1/pipelines/{pipeline}/draft": () => {
      if (refuses) {
        throw new Refusal(412, "somebody else changed it");
      }
      return DRAFT;
    },
  });
  const onClose = vi.fn();
  renderScreen(<RenameDialog pipeline={PIPELINE} onClose={onClose} />);
  return { asked, onClose, name: screen.getByLabelText("Name") as HTMLInputElement };
}

describe("renaming a pipeline", () => {
  it("changes the name in the draft and leaves its comments", async () => {
    const { asked, onClose, name } = opened();
    expect(name.value).toBe("digits");
    await userEvent.clear(name);
    await userEvent.type(name, "numbers{Enter}");
    await expect.poll(() => onClose.mock.calls.length).toBe(1);
    expect(asked.at(-1)?.body).toEqual({ text: "name: numbers  # mine\n" });
  });

  it("keeps what was typed when somebody else was faster, and says so", async () => {
    const { onClose, name } = opened({ refuses: true });
    await userEvent.clear(name);
    await userEvent.type(name, "numbers{Enter}");
    expect((await screen.findByRole("alert")).textContent).toContain("somebody else changed it");
    expect(name.value).toBe("numbers");
    expect(onClose).not.toHaveBeenCalled();
  });

  it("needs a name", async () => {
    const { name } = opened();
    await userEvent.clear(name);
    expect(screen.getByRole("button", { name: "Rename" })).toHaveProperty("disabled", true);
  });
});
