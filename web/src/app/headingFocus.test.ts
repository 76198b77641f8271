import { afterEach, describe, expect, it } from "vitest";
import { focusHeading, screenOf } from "./headingFocus";

describe("screenOf", () => {
  it.each([
    ["/runs", "runs"],
    ["/runs/20260101-a", "runs/20260101-a"],
    ["/settings", "settings"],
    ["/settings/tokens", "settings"],
    ["/", ""],
  ])("of %s is %j", (pathname, screen) => {
    expect(screenOf(pathname)).toBe(screen);
  });
});

describe("focusHeading", () => {
  afterEach(() => {
    document.body.innerHTML = "";
  });

  const place = (html: string) => {
    document.body.innerHTML = `<main>${html}</main>`;
    return document.querySelector("main") as HTMLElement;
  };

  it("gives the focus to the heading", () => {
    expect(focusHeading(place("<h1>Runs</h1>"))).toBe(true);
    expect(document.activeElement?.textContent).toBe("Runs");
  });

  it("waits while there is no heading", () => {
    expect(focusHeading(place("<p>Loading</p>"))).toBe(false);
  });

  it("leaves the focus where the screen put it", () => {
    const main = place("<h1>Runs</h1><input>");
    main.querySelector("input")?.focus();
    expect(focusHeading(main)).toBe(true);
    expect(document.activeElement?.tagName).toBe("INPUT");
  });
});
