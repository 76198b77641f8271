import { renderHook } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { useSurveyProgress } from "./surveyProgress";

const progress = { done: 64, total: 3000, unit: "image", eta_s: 12, time: 0 };
const said = (dataset: Parameters<typeof useSurveyProgress>[0]) =>
  renderHook(() => useSurveyProgress(dataset)).result.current;

describe("how far a survey is", () => {
  it("says what is counted, and how long it takes yet", () => {
    expect(said({ survey_state: "running", survey_progress: progress })).toBe(
      "64 of 3,000 pictures looked into · 12 s left",
    );
    const videos = { ...progress, unit: "video", eta_s: null };
    expect(said({ survey_state: "running", survey_progress: videos })).toBe(
      "64 of 3,000 videos looked into",
    );
  });

  it("says what it waits for until it has begun", () => {
    expect(said({ survey_state: "queued", survey_progress: null })).toBe(
      "Waits for its turn to be looked into",
    );
    expect(said({ survey_state: "running", survey_progress: null })).toBe("Looking into it");
  });
});
