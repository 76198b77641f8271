import { expect, it } from "vitest";
import { detailsText, nameOf } from "./auditWords";

it("calls a thing by its name, and by its id where it has none", () => {
  expect(nameOf({ about: "5f63", details: { name: "house numbers" } })).toBe("house numbers");
  expect(nameOf({ about: "zoe", details: { role: "viewer" } })).toBe("zoe");
  expect(nameOf({ about: "5f63", details: { name: "" } })).toBe("5f63");
});

it("says with whom something is shared and from whom it was taken", () => {
  const details = {
    name: "digits",
    visibility: "shared",
    shares: { bob: "run", vera: "read" },
    withdrawn: ["rosa", "zoe"],
  };
  expect(detailsText({ details })).toBe(
    "visibility: shared · bob: run · vera: read · withdrawn: rosa, zoe",
  );
  expect(detailsText({ details: { name: "digits", shares: {}, withdrawn: [] } })).toBe("");
});
