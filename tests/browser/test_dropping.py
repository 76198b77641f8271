"""Files that are dropped on the canvas become what they are: data, a pipeline."""

from __future__ import annotations

import re

import pytest
from api import Api, wait_until
from canvas import LONG_MS, Canvas
from pictures import coco_set, drop, two_classes
from playwright.sync_api import Page, expect
from projects import STEPS, sums, text

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

PIXEL = """async (image, [x, y]) => {
  await image.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
  const pen = canvas.getContext("2d");
  pen.drawImage(image, 0, 0);
  return [...pen.getImageData(x * canvas.width, y * canvas.height, 1, 1).data].slice(0, 3);
}"""
"""Red, green and blue of a picture at a place, as shares of its sides."""
FILES = {"operators/shared.py": STEPS}


def test_pictures_dropped_on_the_canvas_are_sent_and_read_by_a_node(page: Page) -> None:
    api = Api(page)
    content = text("waiting for data", "parts: {op: data.split, valid: 0.2, test: 0.2}")
    page.goto(f"/pipelines/{api.new_pipeline(content)}")
    canvas = Canvas(page)
    canvas.expect_state("parts", "draft")

    drop(canvas.surface, two_classes(), "colours.zip")
    dialog = page.get_by_role("dialog", name="Images to send")
    name = dialog.get_by_label("Name of the data set")
    expect(name).to_have_value("colours")
    name.fill("two colours")
    dialog.get_by_role("button", name="Send and add a node").click()
    expect(dialog).to_have_count(0, timeout=LONG_MS)

    expect(canvas.node("image_zip")).to_be_visible()
    expect(page.locator(".react-flow__edge")).to_have_count(1)  # only one output fits
    canvas.expect_state("parts", "may_run")
    [dataset] = api.call("GET", "/datasets")["datasets"]
    assert (dataset["name"], dataset["file_name"]) == ("two colours", "colours.zip")
    expect(canvas.setting("Path")).to_have_value(dataset["path"])
    canvas.run()
    canvas.expect_state("parts", "succeeded")


def test_annotated_pictures_get_the_node_for_them_and_show_their_boxes(page: Page) -> None:
    api = Api(page)
    page.goto(f"/pipelines/{api.new_pipeline(text('waiting', 'parts: {op: data.split}'))}")
    canvas = Canvas(page)
    canvas.expect_state("parts", "draft")
    drop(canvas.surface, coco_set(), "lamps.zip")
    dialog = page.get_by_role("dialog", name="Images to send")
    dialog.get_by_role("button", name="Send and add a node").click()
    expect(dialog).to_have_count(0, timeout=LONG_MS)

    expect(canvas.node("detection")).to_be_visible()
    canvas.run()
    canvas.expect_state("detection", "succeeded")
    expect(canvas.node("detection")).to_contain_text("3 pictures · 3 objects")
    canvas.node("detection").click()
    page.get_by_role("tab", name="Data").click()
    inspector = page.get_by_role("complementary", name="Inspector")
    expect(inspector).to_contain_text("1 per picture")
    thumbnail = inspector.get_by_role("button", name="Open picture 1").locator("img")
    # The box begins at a quarter of the width: the line is just outside, in the first class's orange.
    annotated = thumbnail.evaluate(PIXEL, [0.235, 0.5])
    assert annotated[0] > 180 > annotated[2] + 60
    inspector.get_by_role("switch", name="Annotations").click(force=True)
    expect(thumbnail).to_have_attribute("src", re.compile("plain=true"))
    assert max(thumbnail.evaluate(PIXEL, [0.235, 0.5])) < 120

    inspector.get_by_role("button", name="Open picture 1").click()
    large = page.get_by_role("dialog", name="Picture 1 of 3")
    expect(large).to_contain_text("lamp")
    expect(large.locator("svg path[d^='M80 80H240']")).to_have_count(1)
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("dialog", name="Picture 2 of 3")).to_contain_text("images/1.png")


def test_a_capsule_dropped_on_the_canvas_opens_with_its_results(page: Page) -> None:
    api = Api(page)
    content = sums("from a colleague", upto=6)
    run = api.call("POST", "/runs", {"text": content})["id"]
    wait_until(
        lambda: api.call("GET", f"/runs/{run}")["state"] == "succeeded", what="the run to succeed"
    )
    capsule = page.request.get(f"{api.url}/api/v1/runs/{run}/capsule.zip").body()
    mine = api.new_pipeline(text("another one", "count: {op: shared.count}"))
    page.goto(f"/pipelines/{mine}")
    canvas = Canvas(page)

    drop(canvas.surface, capsule, f"{run}.zip")
    dialog = page.get_by_role("dialog", name="The capsule of a run")
    dialog.get_by_role("button", name="Open as a new pipeline").click()

    expect(page.get_by_role("heading", name="from a colleague")).to_be_visible()
    assert page.url.rpartition("/")[2] != mine
    assert canvas.text() == content
    canvas.expect_state("count", "succeeded")
    canvas.expect_state("total", "succeeded")
    canvas.node("total").click()
    page.get_by_role("tab", name="Data").click()
    expect(page.get_by_role("complementary", name="Inspector")).to_contain_text("21")
    assert "shared.count}" in api.draft(mine)  # the one it was dropped on stays as it was


def test_a_file_nobody_knows_what_to_do_with_changes_nothing(page: Page) -> None:
    api = Api(page)
    content = sums("undisturbed")
    pipeline = api.new_pipeline(content)
    page.goto(f"/pipelines/{pipeline}")
    canvas = Canvas(page)
    drop(canvas.surface, b"%PDF-1.7", "paper.pdf")
    expect(page.get_by_text("Nothing is known to do with paper.pdf")).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert api.draft(pipeline) == content
