import { screen } from "@testing-library/react";
import { expect, it } from "vitest";
import { renderScreen } from "@/ui/testing";
import { DuplicatesTab } from "./DuplicatesTab";
import { findingsWith } from "./surveyed.testing";

const VIDEOS = { total_s: 30, shortest_s: 8, median_s: 10, longest_s: 12 };

it("says of what there are no copies: pictures, or videos", async () => {
  const { unmount } = renderScreen(<DuplicatesTab dataset="d1" findings={findingsWith()} />);
  expect(await screen.findByText("No picture occurs twice")).toBeTruthy();
  unmount();
  const findings = findingsWith({ videos: VIDEOS });
  renderScreen(<DuplicatesTab dataset="d1" findings={findings} />);
  expect(await screen.findByText("No video occurs twice")).toBeTruthy();
});
