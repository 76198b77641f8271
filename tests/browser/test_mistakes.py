"""What is wrong with a pipeline is marked where it is wrong, and nothing is lost meanwhile."""

from __future__ import annotations

import re

import pytest
from api import Api
from canvas import Canvas
from playwright.sync_api import Locator, Page, expect
from projects import STEPS, sums, text

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

FILES = {"operators/shared.py": STEPS}


def open_pipeline(page: Page, content: str, *, with_text: bool = False) -> tuple[Canvas, str]:
    pipeline = Api(page).new_pipeline(content)
    page.goto(f"/pipelines/{pipeline}")
    canvas = Canvas(page)
    if with_text:
        page.get_by_role("button", name="Pipeline as text").click()
        page.get_by_role("button", name="Close the palette").click()
        page.get_by_role("button", name="Fit View").click()
    return canvas, pipeline


def text_panel(page: Page) -> Locator:
    return page.get_by_role("region", name="Pipeline as text")


def marks(page: Page) -> Locator:
    """What is underlined as an error in the text."""
    return text_panel(page).locator(".cm-lintRange-error")


def test_a_wrong_value_is_marked_at_the_node_the_field_and_the_line(page: Page) -> None:
    canvas, _ = open_pipeline(page, sums("wrong value"), with_text=True)
    canvas.expect_state("count", "ready")
    text_panel(page).get_by_text("upto: 3").first.click()
    page.keyboard.press("End")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Backspace")
    page.keyboard.type("many")
    canvas.expect_state("count", "draft")
    expect(canvas.node("count")).to_contain_text(re.compile("upto", re.IGNORECASE))
    expect(marks(page)).to_have_text("upto:")
    canvas.node("count").click()
    row = page.locator('[data-setting="upto"]')
    expect(row.get_by_role("note")).to_contain_text("many")
    expect(page.get_by_role("button", name="1 problem")).to_be_visible()

    page.get_by_role("button", name="Undo", exact=True).click()
    expect(marks(page)).to_have_count(0)


def test_an_input_that_needs_a_connection_says_so_until_it_has_one(page: Page) -> None:
    content = text(
        "unconnected",
        "count: {op: shared.count}",
        "other: {op: shared.count, upto: 4}",  # with one source, the connection would be made by itself
        "total: {op: shared.total}",
    )
    canvas, _ = open_pipeline(page, content, with_text=True)
    port = canvas.port("total.numbers", "target")
    expect(port).to_have_attribute("data-problem", "true")
    canvas.expect_state("total", "draft")
    expect(marks(page)).not_to_have_count(0)
    problem = page.get_by_role("region", name="Problems").get_by_role("button")
    expect(problem).to_contain_text("total.numbers")
    canvas.connect("count.out", "total.numbers")
    expect(page.get_by_text("No problems: the pipeline can run.")).to_be_visible()
    canvas.expect_state("total", "may_run")


def test_a_connection_that_does_not_fit_is_refused_with_the_reason(page: Page) -> None:
    content = text("misfit", "count: {op: shared.count}", "shout: {op: shared.shout}")
    canvas, pipeline = open_pipeline(page, content)
    begin = canvas.port("count.out", "source").bounding_box()
    end = canvas.port("shout.text", "target").bounding_box()
    assert begin is not None
    assert end is not None
    page.mouse.move(begin["x"] + begin["width"] / 2, begin["y"] + begin["height"] / 2)
    page.mouse.down()
    page.mouse.move(begin["x"] + 60, begin["y"] + 30, steps=4)
    expect(page.get_by_text("count.out gives")).to_be_visible()
    page.mouse.move(end["x"] + end["width"] / 2, end["y"] + end["height"] / 2, steps=6)
    reason = page.get_by_text(re.compile("^shout.text takes .* and this output gives"))
    expect(reason.first).to_be_visible()
    page.mouse.up()
    expect(page.locator(".react-flow__edge")).to_have_count(0)
    assert "text: count" not in Api(page).draft(pipeline)


def test_a_node_whose_operator_is_gone_stands_in_and_keeps_everything(page: Page) -> None:
    content = text(
        "from elsewhere",
        "count: {op: shared.count}",
        "gone: {op: gone.operator, numbers: count, strength: 7}  # the colleague's",
        "total: {op: shared.total, numbers: count}",
    )
    canvas, pipeline = open_pipeline(page, content)
    expect(canvas.node("gone")).to_contain_text("No operator “gone.operator”")
    problem = page.get_by_role("region", name="Problems").get_by_role("button")
    expect(problem.first).to_contain_text("there is no operator 'gone.operator'")
    problem.first.click()
    inspector = page.get_by_role("complementary", name="Inspector")
    expect(inspector).to_contain_text("There is no operator gone.operator")
    expect(inspector).to_contain_text("strength")
    canvas.node("count").click()
    canvas.set("Upto", "9")
    expect(page.get_by_test_id("saving")).to_have_text("Saved")
    assert Api(page).draft(pipeline) == content.replace(
        "{op: shared.count}", "{op: shared.count, upto: 9}"
    )


def test_broken_yaml_marks_the_line_and_leaves_the_canvas_as_it_was(page: Page) -> None:
    content = sums("broken text")
    canvas, pipeline = open_pipeline(page, content, with_text=True)
    expect(canvas.node("total")).to_be_visible()
    text_panel(page).get_by_text("name: broken text").click()
    page.keyboard.press("End")
    page.keyboard.type(": {[")
    expect(marks(page)).not_to_have_count(0)
    assert canvas.nodes() == {"count", "total"}
    expect(page.locator(".react-flow__edge")).to_have_count(1)

    page.get_by_role("button", name="Undo", exact=True).click()
    expect(marks(page)).to_have_count(0)
    expect(page.get_by_text("No problems: the pipeline can run.")).to_be_visible()
    expect(page.get_by_test_id("saving")).to_have_text("Saved")
    assert Api(page).draft(pipeline) == content


def test_undo_brings_a_deleted_node_back_with_its_connections(page: Page) -> None:
    content = sums("deleted by mistake")
    canvas, pipeline = open_pipeline(page, content)
    canvas.node("count").click()
    page.keyboard.press("Delete")
    expect(canvas.node("count")).to_have_count(0)
    expect(page.locator(".react-flow__edge")).to_have_count(0)
    page.keyboard.press("Control+z")
    expect(canvas.node("count")).to_be_visible()
    expect(page.locator(".react-flow__edge")).to_have_count(1)
    expect(page.get_by_test_id("saving")).to_have_text("Saved")
    assert Api(page).draft(pipeline) == content
    page.keyboard.press("Control+Shift+Z")
    expect(canvas.node("count")).to_have_count(0)
