import { fireEvent, screen, waitFor } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { answerWith } from "@/api/server.testing";
import { settled, type Try } from "@/models/predicting";
import { renderScreen } from "@/ui/testing";
import { CorrectAnswer } from "./CorrectAnswer";
import { DeployDialog } from "./DeployDialog";
import { deployment, revision } from "./deployments.testing";
import { RevisionsTab } from "./RevisionsTab";
import { TokenNotice } from "./TokenNotice";

const TRY = {
  key: 1,
  name: "a.png",
  file: new Blob(["png"]),
  truth: null,
  ...settled({
    predictions: [
      {
        top: [{ label: "cat", score: 0.9 }],
        prediction: { label: "cat" },
        drawing: null,
        width: 8,
        height: 8,
        example: null,
        label: null,
      },
    ],
    seconds: 0.1,
    load_seconds: 0,
  }),
} as unknown as Try;

describe("correcting an answer", () => {
  it("keeps the picture with what it really shows", async () => {
    const asked = answerWith({
      "POST /api/v1/deployments/{deployment}/corrections": () => ({ number: 3, total: 3 }),
    });
    renderScreen(<CorrectAnswer deployment={deployment()} shown={TRY} />);

    fireEvent.click(await screen.findByRole("button", { name: "Correct this answer" }));
    fireEvent.click(screen.getByRole("button", { name: "Another label…" }));
    const save = screen.getByRole("button", { name: "Save as labelled sample" });
    expect(save).toHaveProperty("disabled", true);
    fireEvent.change(screen.getByLabelText("Another label"), { target: { value: "lynx" } });
    fireEvent.click(save);

    expect(await screen.findByText("Kept as labelled sample 3")).toBeTruthy();
    expect(asked.map(({ body }) => body)).toEqual([{ picture: btoa("png"), label: "lynx" }]);
  });

  it("is not offered where answers cannot be written", () => {
    renderScreen(
      <CorrectAnswer deployment={deployment({ task: "depth_estimation" })} shown={TRY} />,
    );
    expect(screen.queryByRole("button")).toBeNull();
  });
});

describe("deploying", () => {
  it("asks for what was chosen and shows the token once", async () => {
    const asked = answerWith({
      "POST /api/v1/deployments": () => ({ ...deployment({ id: "d7" }), token: "s3cret" }),
    });
    renderScreen(
      <>
        <DeployDialog run="r1" name="digits" onClose={() => {}} />
        <TokenNotice deployment="d7" />
      </>,
    );

    fireEvent.change(await screen.findByLabelText("Name"), { target: { value: " birds " } });
    fireEvent.click(screen.getByRole("button", { name: "Deploy" }));

    expect((await screen.findByText("s3cret")).textContent).toBe("s3cret");
    expect(asked.map(({ body }) => body)).toEqual([
      { name: "birds", run: "r1", note: "", port: null, protected: true },
    ]);
    fireEvent.click(screen.getByRole("button", { name: "I have kept it" }));
    await waitFor(() => expect(screen.queryByText("s3cret")).toBeNull());
  });
});

describe("revisions", () => {
  it("can be returned to if they can be served and do not answer already", async () => {
    const revisions = [
      revision(4, { state: "failed" }),
      revision(3, { state: "preparing" }),
      revision(2, { is_current: true }),
      revision(1),
    ];
    renderScreen(<RevisionsTab deployment={deployment({ revisions })} />);
    const buttons = await screen.findAllByRole("button", { name: "Roll back to this" });
    const rows = buttons.map((button) => button.closest("article")?.getAttribute("aria-label"));
    expect(rows).toEqual(["Revision 1"]);
  });

  it("cannot be chosen by those who may only try", () => {
    renderScreen(<RevisionsTab deployment={deployment({ right: "run" })} />);
    expect(screen.queryByRole("button", { name: "Roll back to this" })).toBeNull();
  });
});
