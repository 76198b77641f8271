import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { describe, expect, it, vi } from "vitest";
import type { Diagnostic, Edit } from "@/editor/types";
import { renderScreen } from "@/ui/testing";
import fixtures from "./fixtures/settings.json";
import { withValue } from "./ObjectControls";
import { partition, SettingsForm } from "./SettingsForm";
import { type Schema, settingFields } from "./schema";
import { settingEdits } from "./settingEdits";
import { referenceTo } from "./template";

type Settings = Record<string, unknown>;

Element.prototype.scrollIntoView ??= () => {}; // jsdom has no layout to scroll

const fieldsOf = (operator: string) =>
  settingFields((fixtures as unknown as Record<string, Schema>)[operator] ?? {});

const problem = (setting: string, expected: string): Diagnostic => ({
  code: "G103",
  severity: "error",
  message: "a value it cannot have",
  expected,
  got: null,
  fix: null,
  place: { node: "n", setting },
});

interface FormOptions {
  settings?: Settings;
  problems?: Diagnostic[];
  variables?: Settings;
  onNewVariable?: (setting: string, name: string, value: unknown) => void;
}

interface Document {
  edits: Edit[][];
  put: (settings: Settings) => void;
}

/** A form whose changes are applied as the editor does it. */
function EditedForm({
  operator,
  options,
  document,
}: {
  operator: string;
  options: FormOptions;
  document: Document;
}) {
  const [settings, setSettings] = useState<Settings>(options.settings ?? {});
  document.put = setSettings;
  return (
    <SettingsForm
      fields={fieldsOf(operator)}
      settings={settings}
      problems={options.problems ?? []}
      variables={options.variables ?? {}}
      idPrefix="n"
      isReadOnly={false}
      onNewVariable={options.onNewVariable ?? null}
      onChange={(name, value) => {
        const after = withValue(settings, name, value);
        const asked = settingEdits("n", settings, after);
        document.edits.push(...(asked.length > 0 ? [asked] : []));
        setSettings(after);
      }}
    />
  );
}

/** Render a form; answers with the edits it asks for. */
function renderForm(operator: string, options: FormOptions = {}) {
  const document: Document = { edits: [], put: () => {} };
  renderScreen(<EditedForm operator={operator} options={options} document={document} />);
  return { document, edits: document.edits, user: userEvent.setup() };
}

const set = (setting: string, value: unknown) => ({
  kind: "set_setting",
  node: "n",
  setting,
  value,
});
const reset = (setting: string) => ({ kind: "reset_setting", node: "n", setting });
const box = (name: string) => screen.getByRole("textbox", { name });

describe("typing", () => {
  it("sends each value at once and shows the default until then", async () => {
    const { edits, user } = renderForm("data.split");
    expect(box("Validation share").getAttribute("placeholder")).toBe("0.1");
    await user.type(box("Validation share"), "0.25");
    expect(edits).toEqual([[set("valid", 0)], [set("valid", 0.2)], [set("valid", 0.25)]]);
  });

  it("keeps and marks what is no value, and does not send it", async () => {
    const { edits, user } = renderForm("train", { settings: { epochs: 2 } });
    await user.clear(box("Epochs"));
    await user.type(box("Epochs"), "-3");
    expect(box("Epochs")).toHaveProperty("value", "-3");
    expect(screen.getByText("More than 0")).toBeDefined();
    expect(edits).toEqual([[reset("epochs")]]);
  });

  it("takes over a value that comes from elsewhere", async () => {
    const { document, user } = renderForm("train", { settings: { epochs: 2 } });
    await user.type(box("Epochs"), "x");
    document.put({ epochs: 7 });
    expect(await screen.findByDisplayValue("7")).toBe(box("Epochs"));
  });

  it("steps with the arrow keys", async () => {
    const { edits, user } = renderForm("train", { settings: { epochs: 2 } });
    await user.type(box("Epochs"), "{ArrowUp}{Shift>}{ArrowUp}{/Shift}");
    expect(edits).toEqual([[set("epochs", 3)], [set("epochs", 13)]]);
  });
});

describe("defaults", () => {
  it("come back with the arrow beside the name", async () => {
    const { edits, user } = renderForm("train", { settings: { epochs: 2 } });
    expect(screen.getByRole("img", { name: "Differs from the default" })).toBeDefined();
    await user.click(screen.getByRole("button", { name: /^Reset Epochs/ }));
    expect(edits).toEqual([[reset("epochs")]]);
    expect(screen.queryByRole("button", { name: /^Reset Epochs/ })).toBeNull();
  });

  it("of inner values come back alone, and with the last one the whole setting", async () => {
    const { edits, user } = renderForm("train", {
      settings: { optimizer: { learning_rate: 0.1, weight_decay: 0 } },
    });
    await user.clear(box("Weight decay"));
    await user.clear(box("Learning rate"));
    expect(edits).toEqual([[reset("optimizer.weight_decay")], [reset("optimizer")]]);
  });
});

describe("unions", () => {
  it("switch their kind and keep what both kinds have", async () => {
    const { edits, user } = renderForm("train", {
      settings: { optimizer: { type: "adamw", learning_rate: 0.1, betas: [0.8, 0.9] } },
    });
    await user.click(screen.getByRole("combobox", { name: "Kind of Optimizer" }));
    await user.click(await screen.findByRole("option", { name: "SGD" }));
    expect(edits).toEqual([[reset("optimizer.betas"), set("optimizer.type", "sgd")]]);
    expect(screen.getByRole("textbox", { name: "Momentum" })).toBeDefined();
  });

  it("without a tag switch between a word and a number", async () => {
    const { edits, user } = renderForm("train");
    const kinds = screen.getByRole("radiogroup", { name: "Kind of Batch size" });
    await user.click(within(kinds).getByText("auto"));
    await user.click(within(kinds).getByText("number"));
    expect(edits).toEqual([[set("batch_size", "auto")], [reset("batch_size")]]);
  });
});

describe("lists", () => {
  it("grow, shrink and change their order", async () => {
    const { edits, user } = renderForm("data.select", { settings: { labels: ["cat", "dog"] } });
    await user.click(screen.getByRole("button", { name: "Move Labels 2 up" }));
    await user.click(screen.getByRole("button", { name: "Remove Labels 1" }));
    await user.click(screen.getByRole("button", { name: "Add" }));
    expect(edits).toEqual([
      [set("labels", ["dog", "cat"])],
      [set("labels", ["cat"])],
      [set("labels", ["cat", ""])],
    ]);
  });
});

describe("problems", () => {
  it("stand at their setting, also deep inside", () => {
    renderForm("train", {
      settings: { optimizer: { learning_rate: -1 } },
      problems: [
        problem("optimizer.learning_rate", "more than 0"),
        problem("epochs", "at least 1"),
      ],
    });
    const rows = document.querySelectorAll("[data-setting]");
    const withProblem = [...rows].filter((row) =>
      [...row.querySelectorAll('[role="note"]')].some(
        (note) => note.closest("[data-setting]") === row,
      ),
    );
    expect(withProblem.map((row) => row.getAttribute("data-setting"))).toEqual([
      "epochs",
      "optimizer.learning_rate",
    ]);
  });

  it("are never folded away", () => {
    const fields = fieldsOf("train");
    const { folded } = partition(fields, { seed: 3 }, [problem("checkpoints.every_s", "more")]);
    const names = folded.map(({ name }) => name);
    expect(names).not.toContain("checkpoints");
    expect(names).not.toContain("seed");
    expect(names).toContain("clip_norm");
  });
});

describe("variables", () => {
  it("are shown instead of a value, and can be left again", async () => {
    const { edits, user } = renderForm("image.resize", {
      settings: { size: referenceTo("size") },
      variables: { size: 16 },
    });
    expect(screen.getByText("size = 16")).toBeDefined();
    await user.click(screen.getByRole("button", { name: "Give Size a value of its own" }));
    expect(edits).toEqual([[set("size", 16)]]);
  });

  it("are made of a setting's value", async () => {
    const onNewVariable = vi.fn();
    const { user } = renderForm("train", { settings: { epochs: 9 }, onNewVariable });
    await user.click(screen.getByRole("button", { name: "Take Epochs from a variable" }));
    await user.click(await screen.findByRole("menuitem", { name: "New variable" }));
    await user.click(await screen.findByRole("button", { name: "Make variable" }));
    expect(onNewVariable.mock.calls).toEqual([["epochs", "epochs", 9]]);
  });
});

describe("long forms", () => {
  it("fold what is seldom set, and find it by name or help", async () => {
    const { user } = renderForm("train");
    expect(screen.queryByRole("textbox", { name: "Longest gradient" })).toBeNull();
    await user.type(screen.getByRole("searchbox"), "longest gradient");
    expect(screen.getByRole("textbox", { name: "Longest gradient" })).toBeDefined();
    expect(screen.queryByRole("textbox", { name: "Epochs" })).toBeNull();
  });
});
