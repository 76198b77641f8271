"""A node that stands aside, and nodes that become one: nothing that was computed is lost by it."""

from __future__ import annotations

from itertools import count

import pytest
from api import Api
from canvas import Canvas
from playwright.sync_api import Page, expect
from projects import STEPS, text

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

FILES = {"operators/shared.py": STEPS}
NEW = count(4)
"""So that no test finds the results of another."""


@pytest.fixture
def canvas(page: Page) -> Canvas:
    content = text(
        "reshaped",
        f"count: {{op: shared.count, upto: {next(NEW)}}}",
        "first: {op: shared.double, numbers: count}",
        "second: {op: shared.double, numbers: first}",
        "last: {op: shared.double, numbers: second}",
    )
    page.goto(f"/pipelines/{Api(page).new_pipeline(content)}")
    canvas = Canvas(page)
    canvas.run()
    canvas.expect_state("last", "succeeded")
    return canvas


def test_a_node_stands_aside_and_comes_back_with_its_result(page: Page, canvas: Canvas) -> None:
    canvas.node("second").click()
    page.keyboard.press("Control+b")
    expect(canvas.node("second")).to_contain_text("Bypassed")
    expect(page.get_by_test_id("saving")).to_have_text("Saved")
    assert "bypass: true" in canvas.text()
    canvas.run()
    canvas.expect_state("last", "succeeded")

    canvas.node("second").click()
    inspector = page.get_by_role("complementary", name="Inspector")
    inspector.get_by_role("button", name="Use again").click()
    expect(canvas.node("second")).not_to_contain_text("Bypassed")
    page.get_by_role("button", name="What would run").click()
    expect(page.get_by_text("4 cached").first).to_be_visible()


def test_selected_nodes_become_a_component_and_nothing_runs_again(
    page: Page, canvas: Canvas
) -> None:
    canvas.node("first").click()
    canvas.node("second").click(modifiers=["Shift"])
    page.keyboard.press("Control+Shift+g")
    page.get_by_role("textbox", name="Name of the component").fill("fourfold")
    page.get_by_role("button", name="Make component").click()
    expect(canvas.node("first")).to_have_count(0)
    expect(page.get_by_test_id("saving")).to_have_text("Saved")
    assert "fourfold" in canvas.text()
    page.get_by_role("button", name="What would run").click()
    expect(page.get_by_text("4 cached").first).to_be_visible()
    page.keyboard.press("Escape")

    page.keyboard.press("Control+z")
    expect(canvas.node("second")).to_be_visible()
    assert "fourfold" not in canvas.text()
