import { fireEvent, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { Refusal } from "@/api/client";
import { answerWith } from "@/api/server.testing";
import { givePageSize } from "@/ui/DataTable.testing";
import { renderScreen } from "@/ui/testing";
import { LogViewer } from "./LogViewer";

const ROUTE = "GET /api/v1/runs/{run}/log";

beforeEach(() => givePageSize({ height: 400 }));

/** A log that grows when the test says so; questions wait until then, as the server lets them. */
function growing(first: string) {
  let text = first;
  let isComplete = false;
  let grew: () => void = () => undefined;
  const asked = answerWith({
    [ROUTE]: async ({ query, signal }) => {
      const offset = Number(query.offset);
      if (offset >= text.length && !isComplete) {
        await new Promise<void>((resolve, reject) => {
          grew = resolve;
          signal?.addEventListener("abort", () => reject(new DOMException("", "AbortError")));
        });
      }
      const next = text.length;
      return {
        text: text.slice(offset),
        next_offset: next,
        size_bytes: next,
        is_complete: isComplete,
      };
    },
  });
  const rendered = renderScreen(<LogViewer runId="r1" node="fit" />);
  return {
    ...rendered,
    offsets: () => asked.map(({ query }) => query.offset),
    grow: (more: string, { ends = false } = {}) => {
      text += more;
      isComplete = ends;
      grew();
    },
  };
}

const numbered = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, at) => `line ${from + at}\n`).join("");
const shown = () =>
  [...screen.getByRole("log").querySelectorAll("[data-index]")].map((line) => line.textContent);
const follow = () => screen.queryByRole("switch", { name: "Follow" }) as HTMLInputElement | null;

describe("a log", () => {
  it("shows what is there, then what comes, from where it stopped reading", async () => {
    const { grow, offsets } = growing("one\ntwo\n");
    expect(await screen.findByText("2 lines")).toBeTruthy();
    expect(shown()).toEqual(["1one", "2two"]);
    grow("three\n", { ends: true });
    expect(await screen.findByText("3 lines")).toBeTruthy();
    expect(shown()).toEqual(["1one", "2two", "3three"]);
    expect(offsets()).toEqual([0, 8]);
    expect(follow()).toBeNull(); // nothing more will come
  });

  it("puts lines together that came in pieces", async () => {
    const { grow } = growing("the first ha");
    expect(await screen.findByText("1 line")).toBeTruthy();
    grow("lf\nprogress 1 %\rprogress 9", { ends: true });
    expect(await screen.findByText("2 lines")).toBeTruthy();
    expect(shown()).toEqual(["1the first half", "2progress 9"]);
  });

  it("draws only what is in view of a burst of lines", async () => {
    const { grow } = growing(numbered(1, 10));
    await screen.findByText("10 lines");
    grow(numbered(11, 10_010), { ends: true });
    expect(await screen.findByText("10,010 lines")).toBeTruthy();
    expect(shown().length).toBeLessThan(100);
  });

  it("stops following when somebody scrolls up, and goes on at the end", async () => {
    growing(numbered(1, 100));
    await screen.findByText("100 lines");
    const log = screen.getByRole("log");
    Object.defineProperty(log, "scrollHeight", { configurable: true, value: 2000 });
    expect(follow()?.checked).toBe(true);
    fireEvent.scroll(log, { target: { scrollTop: 500 } });
    expect(follow()?.checked).toBe(false);
    fireEvent.scroll(log, { target: { scrollTop: 1600 } });
    expect(follow()?.checked).toBe(true);
  });

  it("finds lines, also new ones, and goes around the ends", async () => {
    const { grow } = growing("epoch 1\nloss 2\nEpoch 2\n");
    const search = await screen.findByLabelText("Search the log");
    await userEvent.type(search, "epoch");
    const status = screen.getByRole("status");
    expect(status.textContent).toBe("1 of 2");
    await userEvent.keyboard("{Enter}{Enter}");
    expect(status.textContent).toBe("2 of 2");
    await userEvent.keyboard("{Enter}");
    expect(status.textContent).toBe("1 of 2");
    grow("epoch 3\n");
    await waitFor(() => expect(status.textContent).toBe("1 of 3"));
    await userEvent.keyboard("{Shift>}{Enter}{/Shift}");
    expect(status.textContent).toBe("3 of 3");
    await userEvent.keyboard("{Escape}");
    expect(status.textContent).toBe("");
  });

  it("offers the first line that tells of a failure", async () => {
    const { grow } = growing("fine\n");
    await screen.findByText("1 line");
    expect(screen.queryByRole("button", { name: "First error" })).toBeNull();
    grow("ValueError: no such class\n");
    await userEvent.click(await screen.findByRole("button", { name: "First error" }));
    expect(follow()?.checked).toBe(false);
  });

  it("colours what the program coloured, and copies it without codes", async () => {
    const write = vi.fn(async () => undefined);
    growing("\u001b[31mred\u001b[0m line\n");
    const red = await screen.findByText("red");
    expect(red.getAttribute("data-colour")).toBe("red");
    vi.stubGlobal("navigator", { ...navigator, clipboard: { writeText: write } });
    fireEvent.click(screen.getByRole("button", { name: "Copy the log" }));
    vi.unstubAllGlobals();
    expect(write).toHaveBeenCalledExactlyOnceWith("red line");
  });

  it("says that a node whose result was reused has none", async () => {
    const { grow } = growing("");
    grow("", { ends: true });
    await waitFor(() => grow("", { ends: true }));
    expect(await screen.findByText(/has no log/)).toBeTruthy();
  });

  it("says why it cannot be read, and stops asking", async () => {
    const asked = answerWith({
      [ROUTE]: () => {
        throw new Refusal(404, "run r1 has no node 'fit'");
      },
    });
    renderScreen(<LogViewer runId="r1" node="fit" />);
    expect((await screen.findByRole("alert")).textContent).toContain("has no node");
    expect(asked.length).toBe(1);
  });

  it("is read from the beginning again for another attempt", async () => {
    const { rerender: _, offsets, unmount } = growing("a\n");
    await screen.findByText("1 line");
    unmount();
    renderScreen(<LogViewer runId="r1" node="fit" attempt={2} />);
    await screen.findByText("1 line");
    expect(offsets().filter((offset) => offset === 0)).toHaveLength(2);
  });
});
