"""Somebody new builds a classifier with the mouse, trains it, tries it, and changes one thing."""

from __future__ import annotations

import time
from pathlib import Path

import cv2
import pytest
from canvas import LONG_MS, Canvas
from playwright.sync_api import Locator, Page, expect
from sklearn.datasets import load_digits

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


def test_from_an_empty_canvas_to_a_prediction(page: Page, tmp_path: Path) -> None:
    page.goto("/welcome")
    page.get_by_role("button", name="Start empty").click()
    canvas = Canvas(page)
    for title, x, y in (
        ("Digits", 140, 100),
        ("Split", 140, 260),
        ("Resize", 140, 420),
        ("Image classifier", 460, 100),
        ("Train", 460, 260),
        ("Evaluate", 460, 480),
    ):
        canvas.drag_from_palette(title, x, y)
    assert canvas.nodes() == {"digits", "split", "resize", "image_classifier", "train", "evaluate"}
    for source, target in (
        ("digits.out", "split.dataset"),
        ("split.out", "resize.images"),
        ("resize.out", "train.dataset"),
        ("image_classifier.out", "train.model"),
        ("train.model", "evaluate.model"),
        ("resize.out", "evaluate.dataset"),
    ):
        canvas.connect(source, target)
    expect(page.locator(".react-flow__edge")).to_have_count(6)
    expect(page.get_by_test_id("saving")).to_have_text("Saved")
    assert "model: train" in canvas.text()
    canvas.node("resize").click()
    fill_setting(page, "Size", "16")
    canvas.node("train").click()
    fill_setting(page, "Epochs", "4")
    canvas.run()
    canvas.expect_state("evaluate", "succeeded")
    address = page.url
    assert try_a_seven(page, tmp_path) == "7"

    page.goto(address)
    canvas.node("train").click()
    fill_setting(page, "Epochs", "2")
    page.get_by_role("button", name="What would run").click()
    expect(page.get_by_text("2 cached, 1 to run").first).to_be_visible()
    page.get_by_role("dialog").get_by_role("button", name="Run", exact=True).click()
    canvas.expect_state("train", "running")
    canvas.expect_state("evaluate", "succeeded")
    assert canvas.states() == {
        "digits": "cached",
        "split": "cached",
        "resize": "cached",
        "image_classifier": "cached",
        "train": "succeeded",
        "evaluate": "succeeded",
    }


def fill_setting(page: Page, name: str, value: str) -> None:
    field = page.get_by_role("complementary", name="Inspector").get_by_role("textbox", name=name)
    field.fill(value)
    field.press("Enter")


def try_a_seven(page: Page, folder: Path) -> str:
    """Drop a picture of a seven on the newest model; returns the answer."""
    digits = load_digits()
    picture = digits.images[list(digits.target).index(7)]
    file = folder / "seven.png"
    cv2.imwrite(str(file), (picture * 15.9).astype("uint8"))
    page.get_by_role("link", name="Models").click()
    page.get_by_role("grid").get_by_role("row").nth(1).get_by_role("link").first.click()
    page.locator("input[type=file]").set_input_files(str(file))
    answers = page.get_by_role("list", name="Answers of the model, best first")
    expect(answers).to_be_visible(timeout=LONG_MS)
    return answers.get_by_role("listitem").first.inner_text().split()[0]


def test_the_first_model_takes_two_minutes_and_six_clicks(page: Page) -> None:
    clicks = Clicks()
    began = time.monotonic()
    page.goto("/welcome")
    clicks.on(page.get_by_role("button").filter(has_text="Recognise handwritten digits"))
    run = page.get_by_role("button", name="Run", exact=True)
    clicks.on(run)
    expect(page.get_by_role("button", name="Stop")).to_be_visible()
    expect(run).to_be_visible(timeout=LONG_MS)
    clicks.on(page.get_by_role("link", name="Models"))
    clicks.on(page.get_by_role("grid").get_by_role("link", name="digits").first)
    unseen = page.get_by_role("region", name="Pictures the model has not seen")
    clicks.on(unseen.get_by_role("button").nth(1))  # the first explains the heading
    answers = page.get_by_role("list", name="Answers of the model, best first")
    expect(answers.get_by_role("listitem").first).to_be_visible(timeout=LONG_MS)
    assert clicks.number <= 6
    assert time.monotonic() - began < 120


class Clicks:
    """A mouse that counts."""

    number = 0

    def on(self, target: Locator) -> None:
        target.click()
        self.number += 1
