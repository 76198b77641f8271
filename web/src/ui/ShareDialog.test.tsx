import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";
import { Refusal } from "@/api/client";
import { answerWith } from "@/api/server.testing";
import { ShareButton, ShareDialog } from "./ShareDialog";
import type { Access } from "./sharing";
import { renderScreen } from "./testing";

const ROUTE = "/api/v1/models/m1/access";
const PEOPLE = [
  { name: "ada", display_name: "Ada Lovelace" },
  { name: "grace", display_name: "" },
  { name: "rosa", display_name: "" },
];
const PRIVATE: Access = { owner: "ada", visibility: "private", shares: {}, right: "own" };

/** Opens the dialog; the server takes every change unless it `refuses`. */
function opened(access: Access, { refuses = false } = {}) {
  let stored = access;
  const asked = answerWith({
    [`GET ${ROUTE}`]: () => stored,
    [`PUT ${ROUTE}`]: ({ body }) => {
      if (refuses) {
        throw new Refusal(403, "only its owner may share it");
      }
      stored = { ...stored, ...(body as Access) };
      return stored;
    },
    "GET /api/v1/people": () => ({ people: PEOPLE }),
  });
  renderScreen(
    <ShareDialog kind="models" id="m1" right={access.right} isOpen onClose={() => undefined} />,
  );
  return () => asked.filter(({ route }) => route.startsWith("PUT")).map(({ body }) => body);
}

async function choose(field: string, option: string): Promise<void> {
  await userEvent.click(await screen.findByRole("combobox", { name: field }));
  await userEvent.click(await screen.findByRole("option", { name: option }));
}

describe("sharing", () => {
  it("with somebody ends being private, and offers everybody but the owner", async () => {
    const changes = opened(PRIVATE);
    await userEvent.click(await screen.findByRole("combobox", { name: "Add a person" }));
    const options = await screen.findAllByRole("option");
    expect(options.map((option) => option.textContent)).toEqual(["grace", "rosa"]);
    await userEvent.click(screen.getByRole("option", { name: "grace" }));
    expect(changes()).toEqual([{ visibility: "shared", shares: { grace: "read" } }]);
    const person = await screen.findByRole("listitem");
    expect(within(person).getByText("grace")).toBeTruthy();
    expect((screen.getByLabelText("Shared with people") as HTMLInputElement).checked).toBe(true);
  });

  it("gives another right, and takes it back", async () => {
    const changes = opened({ ...PRIVATE, visibility: "shared", shares: { rosa: "read" } });
    await choose("What rosa may do", "can run");
    await userEvent.click(await screen.findByRole("button", { name: "Share no longer with rosa" }));
    expect(changes()).toEqual([
      { visibility: "shared", shares: { rosa: "run" } },
      { visibility: "shared", shares: {} },
    ]);
    expect(screen.queryByRole("listitem")).toBeNull();
  });

  it("says that a list of people has no effect while something is private", async () => {
    opened({ ...PRIVATE, shares: { rosa: "read" } });
    expect(await screen.findByText(/people in this list cannot see it/)).toBeTruthy();
  });

  it("shows what stays when a change is refused, and why", async () => {
    opened({ ...PRIVATE, visibility: "shared", shares: { rosa: "read" } }, { refuses: true });
    await choose("What rosa may do", "can change");
    expect((await screen.findByRole("alert")).textContent).toContain("only its owner");
    const right = screen.getByRole("combobox", { name: "What rosa may do" }) as HTMLInputElement;
    expect(right.value).toBe("can look");
  });

  it("offers nothing to somebody who does not own it", async () => {
    opened({ ...PRIVATE, visibility: "shared", right: "run" });
    expect(await screen.findByText(/Only its owner can share it/)).toBeTruthy();
    expect(screen.queryByRole("combobox")).toBeNull();
    for (const choice of screen.getAllByRole("radio") as HTMLInputElement[]) {
      expect(choice.disabled).toBe(true);
    }
  });

  it("asks the server only once the dialog is open", async () => {
    const asked = answerWith({
      [`GET ${ROUTE}`]: () => PRIVATE,
      "GET /api/v1/people": () => ({ people: PEOPLE }),
    });
    renderScreen(<ShareButton kind="models" id="m1" right="own" />);
    expect(asked).toEqual([]);
    await userEvent.click(screen.getByRole("button", { name: "Share" }));
    expect(await screen.findByText("Belongs to ada")).toBeTruthy();
  });
});
