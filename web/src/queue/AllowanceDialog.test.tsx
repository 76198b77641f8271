import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";
import { Refusal } from "@/api/client";
import { answerWith } from "@/api/server.testing";
import { renderScreen } from "@/ui/testing";
import { AllowanceButton } from "./AllowanceDialog";
import type { Devices } from "./queueQueries";

const DEVICES = {
  cpus: 16,
  cpus_usable: 8,
  memory_mb: 65_536,
  memory_usable_mb: 65_536,
  gpus: [
    { index: 0, name: "A", is_usable: true },
    { index: 1, name: "B", is_usable: true },
  ],
} as Devices;

async function opened({ refuses = false } = {}) {
  const asked = answerWith({
    "PUT /api/v1/devices": () => {
      if (refuses) {
        throw new Refusal(422, "there are no such GPUs");
      }
      return DEVICES;
    },
  });
  renderScreen(<AllowanceButton devices={DEVICES} />);
  await press("Choose what jobs may use");
  return () => asked.map(({ body }) => body);
}

const press = (name: string) => userEvent.click(screen.getByRole("button", { name }));

describe("how much of the machine jobs may use", () => {
  it("is sent as limits, and as none for what may be used whole", async () => {
    const sent = await opened();
    const cores = screen.getByLabelText("Processor cores");
    await userEvent.clear(cores);
    await userEvent.type(cores, "4");
    await userEvent.click(screen.getByLabelText("GPU 1: B"));
    await press("Save");
    expect(sent()).toEqual([{ cpus: 4, memory_mb: null, gpus: [0] }]);
    expect(screen.queryByRole("dialog")).toBeNull();
  });

  it("is everything with one button", async () => {
    const sent = await opened();
    await press("All of it");
    expect(sent()).toEqual([{ cpus: null, memory_mb: null, gpus: null }]);
  });

  it("stays open when the server refuses, and says why", async () => {
    await opened({ refuses: true });
    await press("Save");
    expect((await screen.findByRole("alert")).textContent).toContain("no such GPUs");
    expect(screen.getByRole("dialog")).toBeTruthy();
  });
});
