import { fireEvent, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, it, vi } from "vitest";
import { api, Refusal } from "@/api/client";
import { renderScreen } from "@/ui/testing";
import type { Model } from "./models";
import { TryTab } from "./TryTab";

vi.mock("@/api/client", async (original) => {
  const client = await original<typeof import("@/api/client")>();
  return { ...client, api: { GET: vi.fn(), POST: vi.fn() } };
});

const MODEL = { id: "m1", right: "run" } as Model;
const EXAMPLES = {
  examples: [{ number: 7, id: "digit-7", label: "seven", url: "/examples/7" }],
  part: "test",
  num_samples: 1,
  reason: null,
};
const answer = (...labels: string[]) => ({
  predictions: [
    {
      top: labels.map((label, at) => ({ label, score: at === 0 ? 0.75 : 0.25 })),
      width: 8,
      height: 8,
      example: null,
      label: null,
    },
  ],
  seconds: 0.002,
  load_seconds: 0,
});
const post = vi.mocked(api.POST as (...given: unknown[]) => Promise<unknown>);

beforeEach(() => {
  vi.mocked(api.GET as () => Promise<unknown>).mockResolvedValue({ data: EXAMPLES });
  post.mockReset();
  URL.createObjectURL = () => "blob:picture";
  URL.revokeObjectURL = () => undefined;
});

it("predicts an example, and tells whether that is what it really shows", async () => {
  post.mockResolvedValue({ data: answer("one", "seven") });
  renderScreen(<TryTab model={MODEL} isShown />);
  await userEvent.click(await screen.findByRole("button", { name: "seven" }));
  const scores = await screen.findByRole("list", { name: "Answers of the model, best first" });
  expect(
    within(scores)
      .getAllByRole("listitem")
      .map((each) => each.textContent),
  ).toEqual(["one75.0 %", "seven25.0 %"]);
  expect(screen.getByText("it is really “seven”")).toBeTruthy();
  expect(screen.getByText("predicted in 2.0 ms")).toBeTruthy();
  expect(post.mock.calls[0]?.[1]).toMatchObject({ body: { examples: [7] } });
});

it("predicts a picture from the clipboard, sent as it is", async () => {
  post.mockResolvedValue({ data: answer("cat", "dog") });
  renderScreen(<TryTab model={MODEL} isShown />);
  const picture = new File(["…"], "shot.png", { type: "image/png" });
  fireEvent.paste(window, { clipboardData: { files: [picture] } });
  expect((await screen.findAllByText("cat")).length).toBeGreaterThan(0);
  expect(post.mock.calls[0]?.[1]).toMatchObject({
    body: picture,
    headers: { "Content-Type": "image/png" },
  });
});

it("says why something is no picture, and keeps it among the tries", async () => {
  post.mockRejectedValueOnce(new Refusal(422, "cannot read these bytes"));
  post.mockResolvedValueOnce({ data: answer("cat", "dog") });
  renderScreen(<TryTab model={MODEL} isShown />);
  const choose = await screen.findByLabelText("Choose pictures", { selector: "input" });
  fireEvent.change(choose, { target: { files: [new File(["text"], "notes.txt")] } });
  expect((await screen.findByRole("alert")).textContent).toContain("cannot read these bytes");
  await userEvent.click(await screen.findByRole("button", { name: "seven" }));
  const tries = await screen.findByRole("region", { name: "Your tries on this page" });
  expect(
    within(tries)
      .getAllByRole("button")
      .map((each) => each.title),
  ).toEqual(["cat", "–"]);
});

it("offers nothing to somebody who may only look", () => {
  renderScreen(<TryTab model={{ ...MODEL, right: "read" }} isShown />);
  expect(screen.queryByRole("button")).toBeNull();
  expect(screen.getByText(/Ask its owner/)).toBeTruthy();
});

const pictureAnswer = (prediction: object) => ({
  predictions: [
    { top: [], prediction, drawing: "DDDD", width: 12, height: 8, example: null, label: null },
  ],
  seconds: 0.002,
  load_seconds: 0,
});

it("shows a better picture under a line to drag, side by side on demand, and gives it away", async () => {
  post.mockResolvedValue({ data: pictureAnswer({ width: 12, height: 8, image: "AAAA" }) });
  renderScreen(<TryTab model={{ ...MODEL, task: "image_enhancement" }} isShown />);
  await userEvent.click(await screen.findByRole("button", { name: "seven" }));
  expect(await screen.findByRole("slider", { name: "Line between before and after" })).toBeTruthy();
  const source = (name: string) => screen.getByRole("img", { name }).getAttribute("src");
  expect(source("The picture before")).toBe("/examples/7");
  expect(source("The picture after")).toBe("data:image/png;base64,AAAA");
  const download = screen.getByRole("link", { name: "Download the better picture" });
  expect(download.getAttribute("download")).toBe("digit-7-enhanced.png");
  await userEvent.click(screen.getByRole("radio", { name: "Side by side" }));
  expect(source("digit-7")).toBe("data:image/png;base64,DDDD");
  expect(screen.queryByRole("slider")).toBeNull();
});

it("speaks of videos where the model takes them", async () => {
  renderScreen(<TryTab model={{ ...MODEL, task: "video_classification" }} isShown />);
  expect(await screen.findByText("Drop a video here")).toBeTruthy();
  expect(screen.getByRole("button", { name: "Choose videos" })).toBeTruthy();
  expect(await screen.findByText("Videos the model has not seen")).toBeTruthy();
  expect(screen.queryByText(/picture/i)).toBeNull();
});
