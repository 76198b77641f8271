"""Pages that stay open while things happen: runs, a server that dies, other people, long logs."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from api import Api, wait_until
from canvas import LONG_MS, Canvas
from playwright.sync_api import Page, expect
from projects import STEPS, sums, text

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

ASKING = '''
"""Asking a person."""

from netloom import Needs, RunContext, Waiting, operator


@operator(group="ask", job=Needs(cpus=0))
def approve(*, run: RunContext) -> str | Waiting:
    """Ask until the answer is yes or no."""
    answer = (run.answer or {}).get("answer", "")
    return answer if answer in ("yes", "no") else Waiting({"question": "publish?"})
'''
FILES = {"operators/shared.py": STEPS, "operators/ask.py": ASKING}
PASSWORD = "a long enough sentence"


def waiting_for(name: str) -> str:
    """A pipeline whose second node waits for a file of the pipeline's name."""
    return text(
        name,
        f"count: {{op: shared.count, title: {name}}}",
        f"patient: {{op: shared.patient, numbers: count, until: {name}}}",
    )


@pytest.fixture
def started(page: Page, workbench: Any) -> Callable[[str], Canvas]:
    """Opens a pipeline, runs it, and waits until its patient node is at work."""

    def start(name: str) -> Canvas:
        page.goto(f"/pipelines/{Api(page).new_pipeline(waiting_for(name))}")
        canvas = Canvas(page)
        canvas.run()
        canvas.expect_state("patient", "running")
        canvas.expect_state("count", "succeeded")
        wait_until((workbench.folder / f"{name}-began-1").exists, what="the job to begin")
        return canvas

    return start


def test_a_page_loaded_again_in_the_middle_of_a_run_shows_it_as_before(
    page: Page, workbench: Any, started: Callable[[str], Canvas]
) -> None:
    canvas = started("reloaded")
    progress = canvas.node("patient").get_by_role("progressbar")
    expect(progress).to_have_attribute("aria-valuenow", "50", timeout=LONG_MS)
    page.reload()
    canvas.expect_state("patient", "running")
    canvas.expect_state("count", "succeeded")
    expect(progress).to_have_attribute("aria-valuenow", "50")
    expect(page.get_by_text("1 of 2 nodes")).to_be_visible()
    (workbench.folder / "reloaded").touch()
    canvas.expect_state("patient", "succeeded")
    expect(page.get_by_role("button", name="Run", exact=True)).to_be_visible()


def test_a_run_that_is_stopped_shows_what_was_done_and_can_be_started_again(
    page: Page, workbench: Any, started: Callable[[str], Canvas]
) -> None:
    canvas = started("stopped")
    page.get_by_role("button", name="Stop").click()
    canvas.expect_state("patient", "cancelled")
    canvas.expect_state("count", "succeeded")
    (workbench.folder / "stopped").touch()
    canvas.run()
    canvas.expect_state("patient", "succeeded")
    canvas.expect_state("count", "cached")


def test_a_killed_server_is_missed_and_after_its_return_the_run_goes_on(
    page: Page, visitors: Any, workbench: Any, started: Callable[[str], Canvas]
) -> None:
    visitors.expect_complaints("net::ERR_")
    canvas = started("killed")
    canvas.node("count").click()
    expect(canvas.setting("Upto")).to_be_visible()
    workbench.kill()
    lost = page.get_by_text("The connection to the server is interrupted.")
    expect(lost).to_be_visible(timeout=LONG_MS)
    canvas.set("Upto", "5")
    workbench.start(port=workbench.port)
    expect(lost).to_have_count(0, timeout=LONG_MS)
    expect(page.get_by_test_id("saving")).to_have_text("Saved", timeout=LONG_MS)
    assert "upto: 5" in canvas.text()
    wait_until((workbench.folder / "killed-began-2").exists, what="the second attempt")
    (workbench.folder / "killed").touch()
    expect(page.get_by_role("button", name="Run", exact=True)).to_be_visible(timeout=LONG_MS)
    (run,) = [
        each for each in Api(page).call("GET", "/runs")["runs"] if each["pipeline"] == "killed"
    ]
    assert run["state"] == "succeeded"


def test_a_log_of_ten_thousand_lines_is_followed_and_searched(page: Page) -> None:
    content = text("long log", "talkative: {op: shared.talkative, lines: 10000}")
    run = Api(page).call("POST", "/runs", {"text": content})["id"]
    page.goto(f"/runs/{run}?tab=logs")
    viewer = page.get_by_role("region", name="Log", exact=True)
    expect(viewer.get_by_text("line 10000 of 10000")).to_be_visible(timeout=LONG_MS)
    expect(viewer.get_by_text("10,001 lines")).to_be_visible()  # the first tells of the process
    began = time.monotonic()
    viewer.get_by_label("Search the log").fill("line 4711 of")
    expect(viewer.get_by_role("status")).to_have_text("1 of 1")
    page.keyboard.press("Enter")
    expect(viewer.locator("mark")).to_have_text("line 4711 of")
    assert time.monotonic() - began < 3  # also while other programs keep the machine busy
    assert page.locator('[role="log"] [data-index]').count() < 200


def test_a_log_is_followed_at_its_end_until_somebody_scrolls_up(page: Page, workbench: Any) -> None:
    script = workbench.folder / "script"

    def dictate(words: str) -> None:
        fresh = script.with_suffix(".new")
        fresh.write_text(words)
        fresh.replace(script)

    dictate("100")
    content = text("dictated", "dictated: {op: shared.dictated, script: script}")
    run = Api(page).call("POST", "/runs", {"text": content})["id"]
    page.goto(f"/runs/{run}?tab=logs")
    viewer = page.get_by_role("region", name="Log", exact=True)
    log = viewer.get_by_role("log")
    follow = viewer.get_by_role("switch", name="Follow")
    expect(log.get_by_text("line 100", exact=True)).to_be_in_viewport(timeout=LONG_MS)
    dictate("150")
    expect(log.get_by_text("line 150", exact=True)).to_be_in_viewport()

    log.hover()
    page.mouse.wheel(0, -1000)
    expect(follow).not_to_be_checked()
    top = log.evaluate("element => element.scrollTop")
    dictate("200")
    expect(viewer.get_by_text("201 lines")).to_be_visible()  # the first tells of the process
    assert log.evaluate("element => element.scrollTop") == top

    log.press("End")
    expect(follow).to_be_checked()
    expect(log.get_by_text("line 200", exact=True)).to_be_in_viewport()
    began = time.monotonic()
    dictate("10200")
    expect(log.get_by_text("line 10200", exact=True)).to_be_in_viewport()
    assert time.monotonic() - began < 10
    assert log.locator("[data-index]").count() < 200
    follow.uncheck()
    viewer.get_by_label("Search the log").fill("line 7777")
    page.keyboard.press("Enter")
    expect(log.locator("mark")).to_have_text("line 7777")
    dictate("10300 and that is all")
    expect(follow).to_have_count(0)
    expect(viewer.get_by_text("10,301 lines")).to_be_visible()
    expect(log.locator("mark")).to_be_in_viewport()


def test_a_node_that_asks_is_seen_and_answered(page: Page) -> None:
    api = Api(page)
    pipeline = api.new_pipeline(text("asking", "approve: {op: ask.approve}"))
    page.goto(f"/pipelines/{pipeline}")
    canvas = Canvas(page)
    canvas.run()
    canvas.expect_state("approve", "waiting")
    expect(page.get_by_role("link", name="Runs")).to_contain_text("1 run waits for you")
    run = api.call("GET", "/runs")["runs"][0]["id"]
    page.goto(f"/runs/{run}")
    page.get_by_text("approve", exact=True).first.click()
    answer = page.get_by_label("Your answer")
    answer.fill('{"answer": "yes"}')
    page.get_by_role("button", name="Answer", exact=True).click()
    expect(answer).to_have_count(0, timeout=LONG_MS)
    wait_until(
        lambda: api.call("GET", f"/runs/{run}")["state"] == "succeeded", what="the run to go on"
    )


@pytest.fixture
def two_people(page: Page, visitors: Any, workbench: Any) -> Callable[[str], tuple[Canvas, Canvas]]:
    """Two people who may change the same pipeline, each with it on the canvas."""

    def open_both(name: str) -> tuple[Canvas, Canvas]:
        api = Api(page)
        api.add_person(name, PASSWORD)
        pipeline = api.new_pipeline(sums(f"edited with {name}"))
        access = {"visibility": "shared", "shares": {name: "write"}}
        api.call("PUT", f"/pipelines/{pipeline}/access", access)
        other = visitors.open(
            f"{workbench.url}/sign-in?next=/pipelines/{pipeline}", base_url=workbench.url
        )
        other.get_by_label("Name").fill(name)
        other.get_by_label("Password", exact=True).fill(PASSWORD)
        other.get_by_role("button", name="Sign in").click()
        page.goto(f"/pipelines/{pipeline}")
        return Canvas(page), Canvas(other)

    return open_both


def change(canvas: Canvas, node: str, label: str, value: str) -> None:
    canvas.node(node).click()
    canvas.set(label, value)


def expect_saved(canvas: Canvas) -> None:
    expect(canvas.page.get_by_test_id("saving")).to_have_text("Saved")


def test_changes_of_two_people_at_different_nodes_are_both_kept(
    two_people: Callable[[str], tuple[Canvas, Canvas]],
) -> None:
    mine, theirs = two_people("mary")
    change(theirs, "total", "Times", "7")
    expect_saved(theirs)
    change(mine, "count", "Upto", "6")
    expect_saved(mine)
    assert mine.text() == sums("edited with mary", upto=6).replace("count}", "count, times: 7}")
    mine.node("total").click()
    expect(mine.setting("Times")).to_have_value("7")


@pytest.mark.parametrize(
    ("person", "choice", "kept"), [("niklaus", "Take theirs", "7"), ("barbara", "Keep mine", "6")]
)
def test_who_changed_the_same_node_is_asked_which_text_goes_on(
    two_people: Callable[[str], tuple[Canvas, Canvas]], person: str, choice: str, kept: str
) -> None:
    mine, theirs = two_people(person)
    change(theirs, "count", "Upto", "7")
    expect_saved(theirs)
    change(mine, "count", "Upto", "6")
    asked = mine.page.get_by_role("alert").filter(
        has_text=re.compile(f"{person} changed the same nodes .* count")
    )
    asked.get_by_role("button", name=choice).click()
    expect(asked).to_have_count(0)
    expect(mine.setting("Upto")).to_have_value(kept)
    expect_saved(mine)
    assert mine.text() == sums(f"edited with {person}", upto=int(kept))
