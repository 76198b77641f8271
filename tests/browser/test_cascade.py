"""Two stages on one canvas: trained, deployed as one, and asked as one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from api import Api, wait_until
from asking import ask
from canvas import LONG_MS, Canvas
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

EXAMPLE = Path(__file__).parents[2] / "examples" / "fine_grained_digits"
SCENES = "operators/even_odd_scenes.py"
FILES = {SCENES: (EXAMPLE / SCENES).read_text(encoding="utf-8")}
SMALLER = (
    (r"count: 900", "count: 40, size: 48"),
    (r"epochs: \d+", "epochs: 1"),
    (r"batch_size: \d+", "batch_size: 8"),
    # A detector of one epoch finds too little to learn from.
    (r"min_score: 0.2", "source: ground_truth"),
    (r"crops: \[even_said, odd_said\]", "crops: [even_said, odd_said], bootstrap: 0"),
)


def few_scenes() -> str:
    """The example, small enough to be watched."""
    text = (EXAMPLE / "fine_grained_digits.yaml").read_text(encoding="utf-8")
    for pattern, smaller in SMALLER:
        text, count = re.subn(pattern, smaller, text)
        assert count, pattern
    return text


def test_a_cascade_is_trained_on_the_canvas_and_answers_as_one_address(page: Page) -> None:
    api = Api(page)
    pipeline = api.new_pipeline(few_scenes())
    page.goto(f"/pipelines/{pipeline}")
    canvas = Canvas(page)
    canvas.run()
    canvas.expect_state("find", "succeeded")
    [run] = api.call("GET", "/runs")["runs"]
    wait_until(
        lambda: api.call("GET", f"/runs/{run['id']}")["state"] == "succeeded", what="both stages"
    )
    crop = api.call("GET", f"/runs/{run['id']}/nodes/even/samples/0?output=out")
    assert (crop["origin"]["coarse"], crop["origin"]["source"]) == ("even", "ground_truth")

    page.goto(f"/runs/{run['id']}")
    page.get_by_role("button", name="More", exact=True).click()
    page.get_by_role("menuitem", name="Deploy").click()
    dialog = page.get_by_role("dialog", name="Deploy on this machine")
    dialog.get_by_label("Name").fill("numbers in scenes")
    dialog.get_by_role("button", name="Deploy").click()
    token = page.get_by_role("region", name="Token of this deployment").locator("pre").inner_text()
    expect(page.get_by_text("running", exact=True)).to_be_visible(timeout=LONG_MS)

    address = page.get_by_test_id("endpoint").inner_text()
    scene = f"/api/v1/runs/{run['id']}/nodes/scenes/samples/0/image?plain=true"
    answer = ask(address, page.request.get(scene).body(), token)
    assert (answer["code"], answer["message"]) == (200, "success")
    found = answer["data"]["objects"]
    assert found
    assert all(set(each["stages"]) == {f"fit_{each['label']}"} for each in found)
