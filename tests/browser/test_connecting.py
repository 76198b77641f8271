"""Outputs and inputs that do not fit are brought together by what can stand between them."""

from __future__ import annotations

import re

import pytest
from api import Api
from canvas import Canvas
from playwright.sync_api import Page, expect
from projects import STEPS, text

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

FILES = {"operators/shared.py": STEPS}


@pytest.fixture
def canvas(page: Page) -> Canvas:
    content = text(
        "misfit",
        "count: {op: shared.count}",
        "shout: {op: shared.shout}",
    )
    page.goto(f"/pipelines/{Api(page).new_pipeline(content)}")
    return Canvas(page)


def test_an_adapter_is_offered_and_both_links_are_made_in_one_step(
    page: Page, canvas: Canvas
) -> None:
    canvas.connect("count.out", "shout.text")
    menu = page.get_by_role("menu")
    expect(menu).to_contain_text(re.compile("shout.text takes .* and this output gives"))
    menu.get_by_role("menuitem", name="Spell").click()

    expect(canvas.node("spell")).to_be_visible()
    expect(page.locator(".react-flow__edge")).to_have_count(2)
    expect(page.get_by_test_id("saving")).to_have_text("Saved")
    assert "spell: {op: shared.spell, numbers: count}" in canvas.text()
    assert "shout: {op: shared.shout, text: spell}" in canvas.text()
    expect(page.get_by_role("complementary", name="Inspector")).to_contain_text("spell")
    canvas.run()
    canvas.expect_state("shout", "succeeded")

    page.keyboard.press("Control+z")
    expect(canvas.node("spell")).to_have_count(0)
    expect(page.locator(".react-flow__edge")).to_have_count(0)


def test_from_the_input_back_to_the_output_the_same_is_offered(page: Page, canvas: Canvas) -> None:
    begin = canvas.port("shout.text", "target").bounding_box()
    end = canvas.port("count.out", "source").bounding_box()
    assert begin is not None
    assert end is not None
    page.mouse.move(begin["x"] + begin["width"] / 2, begin["y"] + begin["height"] / 2)
    page.mouse.down()
    page.mouse.move(begin["x"] - 40, begin["y"] + 10, steps=4)
    page.mouse.move(end["x"] + end["width"] / 2, end["y"] + end["height"] / 2, steps=8)
    page.mouse.up()
    page.get_by_role("menuitem", name="Spell").click()
    expect(page.locator(".react-flow__edge")).to_have_count(2)
    expect(page.get_by_test_id("saving")).to_have_text("Saved")
    assert "text: spell" in canvas.text()


def test_without_choosing_one_nothing_is_connected(page: Page, canvas: Canvas) -> None:
    before = canvas.text()
    canvas.connect("count.out", "shout.text")
    expect(page.get_by_role("menuitem", name="Spell")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("menu")).to_have_count(0)
    assert canvas.nodes() == {"count", "shout"}
    assert canvas.text() == before
