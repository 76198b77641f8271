"""Without a mouse: a pipeline is built, set and run; the focus can be seen, and what happens is said."""

from __future__ import annotations

from typing import Any

import pytest
from api import Api, wait_until
from canvas import Canvas
from playwright.sync_api import Page, expect
from projects import STEPS, text

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

FILES = {"operators/shared.py": STEPS}

FOCUSED = """() => {
  const element = document.activeElement;
  const look = getComputedStyle(element);
  const ring = look.outlineStyle !== 'none' || look.boxShadow !== 'none';
  const name = element.getAttribute('aria-label') ?? element.labels?.[0]?.innerText ?? element.innerText;
  return {
    name: name.trim().split('\\n')[0],
    tag: element.tagName,
    isSeen: ring || element.matches('input, textarea'),
  };
}"""


LISTEN = """() => {
  window.said = [];
  new MutationObserver(() => {
    for (const { textContent } of document.querySelectorAll('[role=status]')) window.said.push(textContent);
  }).observe(document.body, { subtree: true, childList: true, characterData: true });
}"""


def focused(page: Page) -> dict[str, Any]:
    found: dict[str, Any] = page.evaluate(FOCUSED)
    return found


def tab_to(page: Page, name: str, *, most: int = 60) -> None:
    """Press Tab until something has the focus; whatever had it on the way could be seen."""
    for _ in range(most):
        page.keyboard.press("Tab")
        found = focused(page)
        assert found["isSeen"], found
        if found["name"] == name:
            return
    pytest.fail(f"{name} was not reached with {most} tabs")


def add(page: Page, title: str) -> None:
    page.keyboard.press("/")
    search = page.get_by_role("dialog", name="Add a node")
    expect(search.get_by_role("combobox")).to_be_focused()
    page.keyboard.type(title)
    expect(search.get_by_role("option").first).to_contain_text(title)
    page.keyboard.press("Enter")
    expect(search).to_have_count(0)


def test_a_pipeline_is_built_set_and_run_with_the_keyboard_alone(page: Page) -> None:
    api = Api(page)
    page.goto(f"/pipelines/{api.new_pipeline(text('by keyboard').replace('nodes:', 'nodes: {}'))}")
    canvas = Canvas(page)
    add(page, "Count")
    expect(canvas.node("count")).to_be_visible()
    add(page, "Total")
    expect(canvas.node("total")).to_be_visible()
    expect(page.locator(".react-flow__edge")).to_have_count(1)  # only one output fits

    page.keyboard.press("ArrowLeft")
    expect(canvas.node("count")).to_be_focused()
    expect(page.get_by_role("complementary", name="Inspector")).to_contain_text("Count")
    tab_to(page, "Upto")
    page.keyboard.press("Control+a")
    page.keyboard.type("5")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("saving")).to_have_text("Saved")
    assert "upto: 5" in canvas.text()

    page.keyboard.press("Shift+Tab")
    page.evaluate(LISTEN)
    page.keyboard.press("Control+Enter")
    wait_until(
        lambda: "The run is done" in page.evaluate("() => window.said"),
        what="the end to be announced",
    )
    canvas.expect_state("total", "succeeded")


def test_arrows_follow_connections_and_escape_and_undo_work(page: Page) -> None:
    api = Api(page)
    nodes = ("count: {op: shared.count}", "total: {op: shared.total, numbers: count}")
    page.goto(f"/pipelines/{api.new_pipeline(text('walked', *nodes))}")
    canvas = Canvas(page)
    canvas.node("count").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowRight")
    expect(canvas.node("total")).to_be_focused()
    page.keyboard.press("F2")
    dialog = page.get_by_role("dialog", name="Rename total")
    expect(dialog.get_by_role("textbox")).to_be_focused()
    page.keyboard.press("Control+a")
    page.keyboard.type("sum")
    page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)
    expect(canvas.node("sum")).to_be_visible()
    page.keyboard.press("Control+z")
    expect(canvas.node("total")).to_be_visible()
    expect(page.get_by_role("status").filter(has_text="Undone")).to_have_count(1)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard and mouse")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_tab_goes_from_the_skip_link_through_the_rail_to_the_contents(page: Page) -> None:
    page.goto("/runs")
    expect(page.get_by_role("heading", name="Runs", level=1)).to_be_visible()
    page.evaluate("document.activeElement.blur()")
    names = []
    for _ in range(12):
        page.keyboard.press("Tab")
        found = focused(page)
        assert found["isSeen"], found
        names.append(found["name"])
    assert names == [
        "Skip to the contents",
        "Netloom",
        "Pipelines",
        "Runs",
        "Data",
        "Models",
        "Deployments",
        "Queue",
        "Settings",
        "Dark theme",
        "Language",
        "Signed in as local",
    ]
