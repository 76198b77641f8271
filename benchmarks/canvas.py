"""The canvas with a large pipeline: how long it takes to open, and what a frame costs while moving about.

    python benchmarks/canvas.py [--nodes 1000] [--pages web/dist] [--browser /usr/bin/chromium]

Starts ``netloom up`` in a project of its own, keeps a pipeline of so many nodes and half as many
connections more, and drives a browser. Opening is from the navigation to nodes that can be seen, with
files in the cache of the browser. What a movement costs is the processor time in which the page's main
thread runs scripts, computes styles or lays out, by the browser's own trace, for each turn of the wheel
or step of the pointer.

Build the pages before: ``npm run build`` in ``web``. Needs Playwright for Python. Rows are JSON.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from authoring import pipeline
from playwright.sync_api import Browser, Page, sync_playwright
from server import read_document

SERVER = """
import sys
from pathlib import Path
import netloom.server.pages as pages
pages.FRONT_END = Path(sys.argv.pop(1))
from netloom.cli.main import main
sys.exit(main())
"""
WORK = {"FunctionCall", "EvaluateScript", "UpdateLayoutTree", "Layout", "RunMicrotasks"}
"""Events of the trace that are script, style and layout."""
FIRST_SEEN = """
new MutationObserver((_, observer) => {
  if (document.querySelectorAll('.react-flow__node').length >= 10) {
    observer.disconnect();
    requestAnimationFrame(() => {
      document.documentElement.dataset.seenMs = performance.now();
    });
  }
}).observe(document, {childList: true, subtree: true});
"""
STEPS = 90


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--nodes", type=int, default=1000)
    parser.add_argument("--pages", type=Path, default=Path("web/dist"))
    parser.add_argument("--browser", default="/usr/bin/chromium")
    parser.add_argument("--repeat", type=int, default=5)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder)
        (project / "netloom.toml").write_text("")
        process = subprocess.Popen(
            [sys.executable, "-c", SERVER, chosen.pages.resolve(), "up", "--port", "0", "--json"],
            cwd=project,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            measure(read_document(process), chosen)
        finally:
            process.terminate()
            process.wait(20)


def measure(started: dict[str, Any], chosen: argparse.Namespace) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chosen.browser, args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(started["link"])
        page.get_by_role("navigation").first.wait_for()
        address = f"{started['url']}/pipelines/{keep(page, pipeline(chosen.nodes))}"
        opening(page, address, chosen.repeat)
        motions(browser, page)
        browser.close()


def keep(page: Page, text: str) -> str:
    made = page.evaluate(
        """async text => {
          const {csrf_token: token} = await (await fetch('/api/v1/session')).json();
          const answer = await fetch('/api/v1/pipelines', {
            method: 'POST',
            headers: {'Content-Type': 'application/json', 'X-CSRF-Token': token},
            body: JSON.stringify({text}),
          });
          return answer.json();
        }""",
        text,
    )
    identifier: str = made["id"]
    return identifier


def opening(page: Page, address: str, repeat: int) -> None:
    page.add_init_script(FIRST_SEEN)
    seen_s(page, address)
    times = []
    for _ in range(repeat):
        page.goto("about:blank")
        times.append(seen_s(page, address))
    server = page.evaluate(
        """() => Math.max(...performance.getEntriesByType('resource')
          .filter(entry => entry.name.includes('/sketch')).map(entry => entry.duration)) / 1000"""
    )
    shown = page.locator(".react-flow__node").count()
    row("open, s", statistics.median(times), goal=1, fastest=min(times), nodes_shown=shown)
    row("of that, the server's answer with the pipeline, s", server)


def seen_s(page: Page, address: str) -> float:
    page.goto(address)
    page.wait_for_selector("html[data-seen-ms]", state="attached")
    return float(page.evaluate("document.documentElement.dataset.seenMs")) / 1000


def motions(browser: Browser, page: Page) -> None:
    page.wait_for_timeout(1500)
    canvas = page.locator(".react-flow__pane")
    canvas.hover(position={"x": 300, "y": 300})
    motion(browser, page, "pan", lambda step: page.mouse.wheel(12, 8 if step % 30 < 15 else -8))
    page.keyboard.down("Control")
    motion(browser, page, "zoom", lambda step: page.mouse.wheel(0, 24 if step % 60 < 30 else -24))
    page.keyboard.up("Control")
    page.keyboard.press("1")
    page.wait_for_timeout(1500)
    motion(
        browser, page, "pan, all in view", lambda step: page.mouse.wheel(6, 6 if step % 2 else -6)
    )
    node = page.locator(".react-flow__node").nth(20)
    node.hover(force=True)
    page.mouse.down()
    box = node.bounding_box() or {"x": 0, "y": 0}
    motion(
        browser,
        page,
        "drag a node, all in view",
        lambda step: page.mouse.move(box["x"] + 2 * step, box["y"] + step),
    )
    page.mouse.up()


def motion(browser: Browser, page: Page, name: str, step: Callable[[int], None]) -> None:
    def steps() -> None:
        for number in range(STEPS):
            step(number)
            page.wait_for_timeout(8)

    began = time.perf_counter()
    work = work_ms(browser, page, steps)
    took = time.perf_counter() - began
    nodes = page.locator(".react-flow__node").count()
    row(f"{name}: ms of script and layout", work / STEPS, goal=12, nodes=nodes, seconds=took)


def work_ms(browser: Browser, page: Page, action: Callable[[], None]) -> float:
    """Processor time in which the page runs scripts, computes styles or lays out, while something happens."""
    browser.start_tracing(page=page, categories=["devtools.timeline"])
    action()
    events = json.loads(browser.stop_tracing())["traceEvents"]
    main_thread = busiest(events)
    work = covered(
        (event["tts"], event["tts"] + event.get("tdur", 0))
        for event in events
        if event["tid"] == main_thread and event["name"] in WORK and "tts" in event
    )
    return work / 1000


def busiest(events: list[dict[str, Any]]) -> int:
    """The thread with most work: the page's main thread."""
    work: dict[int, int] = {}
    for event in events:
        if event["name"] in WORK:
            work[event["tid"]] = work.get(event["tid"], 0) + event.get("dur", 0)
    return max(work, key=lambda thread: work[thread])


def covered(intervals: Iterable[tuple[float, float]]) -> float:
    """Length of the union: events contain one another."""
    total, end = 0.0, float("-inf")
    for start, stop in sorted(intervals):
        if stop > end:
            total += stop - max(start, end)
            end = stop
    return total


def row(name: str, value: float, **more: float) -> None:
    facts = {key: round(number, 2) for key, number in more.items()}
    print(json.dumps({"benchmark": "canvas", "what": name, "value": round(value, 2), **facts}))
    sys.stdout.flush()


if __name__ == "__main__":
    main()
