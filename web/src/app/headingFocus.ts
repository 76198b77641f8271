/** After going to another screen the focus is at its heading, so that screen readers and the keyboard begin there. */
import { type RefObject, useEffect, useRef } from "react";
import { useLocation } from "react-router";

/** Part of an address that tells screens apart: sections of the settings are one screen. */
export function screenOf(pathname: string): string {
  const [first = "", ...rest] = pathname.split("/").filter(Boolean);
  return first === "settings" ? first : [first, ...rest].join("/");
}

/** A screen that takes longer to appear has lost its turn: the person may have gone on meanwhile. */
const PATIENCE_MS = 3_000;

/** Move the focus to the heading in `main` whenever the screen changes; not when the page is first opened. */
export function useHeadingFocus(main: RefObject<HTMLElement | null>): void {
  const screen = screenOf(useLocation().pathname);
  const before = useRef(screen);
  useEffect(() => {
    const place = main.current;
    if (before.current === screen || place === null) {
      return undefined;
    }
    before.current = screen;
    if (focusHeading(place)) {
      return undefined;
    }
    const observer = new MutationObserver(() => focusHeading(place) && observer.disconnect());
    observer.observe(place, { childList: true, subtree: true });
    const timer = setTimeout(() => observer.disconnect(), PATIENCE_MS);
    return () => {
      clearTimeout(timer);
      observer.disconnect();
    };
  }, [screen, main]);
}

/** Whether it is settled: the heading has the focus, or the screen gave it to something else. */
export function focusHeading(place: HTMLElement): boolean {
  if (place.contains(document.activeElement) && document.activeElement !== place) {
    return true;
  }
  const heading = place.querySelector("h1");
  if (heading === null) {
    return false;
  }
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
  return true;
}
