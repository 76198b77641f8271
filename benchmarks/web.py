"""The pages besides the canvas: the table of runs, curves, a log that is written fast, what travels first.

    python benchmarks/web.py [--runs 1000] [--pages web/dist] [--browser /usr/bin/chromium]

Starts ``netloom up`` in a project of its own, fills its database, and drives a browser. What a frame costs
is the processor time in which the page's main thread runs scripts, computes styles or lays out, by the
browser's own trace, for each turn of the wheel or step of the pointer. Opening is from the navigation to
what one came for, with files in the cache of the browser.

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
from collections.abc import Callable
from pathlib import Path

import canvas
import numpy as np
import server
from playwright.sync_api import Browser, Page, sync_playwright

from netloom.core.identifiers import NodeId, RunId
from netloom.execution.events import NodeChanged, NodeMetrics, RunChanged
from netloom.execution.states import RunState
from netloom.workspace.workspace import Workspace

OPERATORS = '''
"""One job that says much at once."""
import time

from netloom import Needs, operator


@operator(group="bench", job=Needs(cpus=0))
def shout(*, lines: int) -> int:
    """Wait for listeners, then write so many lines."""
    print("soon", flush=True)
    time.sleep(4)
    for line in range(lines):
        print(f"line {line} of a burst, loss {1 / (line + 1):.6f}", flush=line % 50 == 0)
    return lines
'''
METRICS = 52
CURVES = 20
LINES = 10_000
STEPS = 60
KEPT_SETTINGS = """
localStorage.setItem('netloom.table.runs', JSON.stringify(
  {shown: [...Array(%d).keys()].map(at => `metric:fit.metric_${at}`), hidden: [], widths: {}}
));
"""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--points", type=int, default=1_000_000)
    parser.add_argument("--pages", type=Path, default=Path("web/dist"))
    parser.add_argument("--browser", default="/usr/bin/chromium")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder)
        (project / "netloom.toml").write_text("")
        (project / "operators").mkdir()
        (project / "operators" / "bench.py").write_text(OPERATORS)
        workspace = Workspace.open(project=project)
        server.fill(workspace, chosen.runs, METRICS, chosen.points)
        add_curves(workspace)
        workspace.close()
        command = [sys.executable, "-c", canvas.SERVER, chosen.pages.resolve()]
        process = subprocess.Popen(
            [*command, "up", "--port", "0", "--json"],
            cwd=project,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            measure(server.read_document(process), chosen)
        finally:
            process.terminate()
            process.wait(20)


def add_curves(workspace: Workspace) -> None:
    """Runs with a curve each of 2 000 points, at the same steps."""
    steps = np.arange(2_000, dtype="<i8")
    noise = np.random.default_rng(0)
    for number in range(CURVES):
        run = RunId(f"curve-{number}")
        server.add_run(workspace.store, run, f"curve{number}", scratch=True)
        values = np.exp(-steps / 700) + noise.normal(scale=0.05, size=len(steps)) + number / 40
        columns = (part.tobytes() for part in (steps, values, steps.astype("<f8")))
        workspace.store.emit(
            NodeMetrics(run, NodeId("fit"), 1, "loss", *columns),
            NodeChanged(run, NodeId("fit"), RunState.SUCCEEDED, time.time()),
            RunChanged(run, RunState.SUCCEEDED, time.time()),
        )


def measure(started: dict[str, str], chosen: argparse.Namespace) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chosen.browser, args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(started["link"])
        page.get_by_role("navigation").first.wait_for()
        canvas.keep(page, "netloom: 1\nname: kept\nnodes: {digits: {op: data.digits}}\n")
        first_screen(browser, page, started["url"])
        page.evaluate(KEPT_SETTINGS % METRICS)
        table(browser, page, started["url"])
        curves(browser, page, started["url"])
        long_curve(browser, page, started["url"])
        log(browser, page, started["url"])
        browser.close()


def first_screen(browser: Browser, page: Page, url: str) -> None:
    """What travels before a new browser shows something; other screens are read ahead later."""
    context = browser.new_context(storage_state=page.context.storage_state())
    fresh = context.new_page()
    fresh.goto(f"{url}/pipelines")
    fresh.get_by_role("heading").first.wait_for()
    sizes = fresh.evaluate(
        """() => performance.getEntriesByType('resource')
          .filter(({name}) => name.endsWith('.js')).map(entry => entry.encodedBodySize)"""
    )
    row("scripts of the first screen, kB", sum(sizes) / 1000, goal=350, files=len(sizes))
    context.close()


def table(browser: Browser, page: Page, url: str) -> None:
    grid = page.get_by_role("grid")
    times = []
    for _ in range(5):
        page.goto("about:blank")
        times.append(seconds(lambda: open_until(page, f"{url}/runs", "[role=row]:nth-child(10)")))
    columns = int(grid.get_attribute("aria-colcount") or 0)
    row("table of runs: open, s", statistics.median(times), goal=1, columns=columns)
    grid.hover()
    wheel = lambda down, right: lambda _: page.mouse.wheel(right, down)  # noqa: E731
    cost(browser, page, "table of runs: scroll down", 8, wheel(120, 0))
    cost(browser, page, "table of runs: scroll sideways", 8, wheel(0, 80))


def curves(browser: Browser, page: Page, url: str) -> None:
    runs = ",".join(f"curve-{number}" for number in range(CURVES))
    took = seconds(lambda: open_until(page, f"{url}/runs/compare?runs={runs}", ".u-over"))
    row(f"{CURVES} curves: open, s", took, goal=1)
    plot = page.locator(".u-over").first
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box() or {"x": 0, "y": 0, "width": 0, "height": 0}
    x, y = box["x"], box["y"] + box["height"] / 2
    cost(browser, page, f"{CURVES} curves: hover", 8, lambda n: page.mouse.move(x + 8 * n, y))
    slider = page.get_by_role("slider").first
    slider.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(500)
    press = lambda _: page.keyboard.press("ArrowRight")  # noqa: E731
    cost(browser, page, f"{CURVES} curves: smoothing", 50, press)


def long_curve(browser: Browser, page: Page, url: str) -> None:
    took = seconds(lambda: open_until(page, f"{url}/runs/long?tab=curves", ".u-over"))
    row("curve of 1 M points: open, s", took, goal=1)
    page.locator(".u-over").first.click(position={"x": 200, "y": 80})
    cost(browser, page, "curve of 1 M points: zoom", 50, lambda _: page.mouse.wheel(0, -20))
    page.wait_for_timeout(2_000)


def log(browser: Browser, page: Page, url: str) -> None:
    text = f"netloom: 1\nname: loud\nnodes: {{shout: {{op: bench.shout, lines: {LINES}}}}}\n"
    run = page.evaluate(
        """async text => {
          const {csrf_token: token} = await (await fetch('/api/v1/session')).json();
          const answer = await fetch('/api/v1/runs', {
            method: 'POST',
            headers: {'Content-Type': 'application/json', 'X-CSRF-Token': token},
            body: JSON.stringify({text}),
          });
          return (await answer.json()).id;
        }""",
        text,
    )
    page.goto(f"{url}/runs/{run}?tab=logs&node=shout")
    page.get_by_role("log").get_by_text("soon").wait_for()
    last = page.get_by_text(f"line {LINES - 1} of a burst")
    work = canvas.work_ms(browser, page, lambda: last.wait_for(timeout=60_000))
    row(f"log: ms of work for {LINES} lines at once", work, goal=500)


def open_until(page: Page, address: str, selector: str) -> None:
    page.goto(address, wait_until="commit")
    page.locator(selector).first.wait_for(state="attached")


def cost(
    browser: Browser, page: Page, name: str, goal: float, step: Callable[[int], object]
) -> None:
    def steps() -> None:
        for number in range(STEPS):
            step(number)
            page.wait_for_timeout(12)

    row(f"{name}, ms a step", canvas.work_ms(browser, page, steps) / STEPS, goal=goal)


def seconds(action: Callable[[], object]) -> float:
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def row(name: str, value: float, **more: float) -> None:
    facts = {key: round(number, 2) for key, number in more.items()}
    print(json.dumps({"benchmark": "web", "what": name, "value": round(value, 2), **facts}))
    sys.stdout.flush()


if __name__ == "__main__":
    main()
