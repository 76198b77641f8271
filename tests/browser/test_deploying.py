"""From a trained model to an address that answers, and back into another pipeline."""

from __future__ import annotations

import io
import json
import urllib.error
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import ANY

import pytest
from api import Api, wait_until
from asking import ask
from canvas import LONG_MS, Canvas
from pictures import picture
from playwright.sync_api import FilePayload, Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

TRAINED = """\
netloom: 1
name: digits
nodes:
  digits: {op: data.digits}
  parts:  {op: data.split, dataset: digits, test: 0.2}
  model:  {op: models.image_classifier}
  fit:    {op: train, model: model, dataset: parts, epochs: 1}
"""

Trained = Callable[[Page], str]


@pytest.fixture
def trained(_state: dict[str, Any]) -> Trained:
    """Trains once for all tests of this file; gives the run."""

    def trained(page: Page) -> str:
        api = Api(page)
        if "run" not in _state:
            run = _state["run"] = api.call("POST", "/runs", {"text": TRAINED})["id"]
            wait_until(
                lambda: api.call("GET", f"/runs/{run}")["state"] == "succeeded", what="the training"
            )
        return str(_state["run"])

    return trained


def test_a_deployment_answers_programs_is_corrected_and_stops(page: Page, trained: Trained) -> None:
    run = trained(page)
    page.goto(f"/runs/{run}")
    page.get_by_role("button", name="More", exact=True).click()
    page.get_by_role("menuitem", name="Deploy").click()
    dialog = page.get_by_role("dialog", name="Deploy on this machine")
    dialog.get_by_label("Name").fill("house numbers")
    dialog.get_by_role("button", name="Deploy").click()
    expect(page.get_by_role("heading", name="house numbers", level=1)).to_be_visible()
    token = page.get_by_role("region", name="Token of this deployment").locator("pre").inner_text()
    expect(page.get_by_text("running", exact=True)).to_be_visible(timeout=LONG_MS)

    address = page.get_by_test_id("endpoint").inner_text()
    content = picture(20, 200, side=8)
    answer = ask(address, content, token)
    assert (answer["code"], answer["data"]["label"] in map(str, range(10))) == (200, True)
    with pytest.raises(urllib.error.HTTPError) as refused:
        ask(address, content)
    assert refused.value.code == 401
    refused.value.close()

    page.get_by_role("tab", name="Try it").click()
    own: FilePayload = {"name": "own.png", "mimeType": "image/png", "buffer": content}
    page.get_by_label("Choose pictures").set_input_files([own])
    answers = page.get_by_role("list", name="Answers of the model, best first")
    expect(answers.get_by_role("listitem").first).to_be_visible()
    page.get_by_role("button", name="Correct this answer").click()
    page.get_by_role("form", name="Correct this answer").get_by_label("It shows").click()
    page.get_by_role("option", name="7").click()
    page.get_by_role("button", name="Save as labelled sample").click()
    expect(page.get_by_text("Kept as labelled sample 1")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download as data set").click()
    kept = zipfile.ZipFile(io.BytesIO(Path(download.value.path()).read_bytes()))
    assert kept.namelist() == ["images/000001.png", "data.jsonl"]
    assert kept.read("images/000001.png") == content
    assert json.loads(kept.read("data.jsonl")) == {"path": "images/000001.png", "label": "7"}

    deployment = page.url.rpartition("/")[2].partition("?")[0]
    again = Api(page).call("POST", f"/deployments/{deployment}/revisions", {"run": run})
    assert [each["number"] for each in again["revisions"]] == [2, 1]
    page.get_by_role("tab", name="Revisions").click()
    second, first = (
        page.get_by_role("article", name=f"Revision {number}", exact=True) for number in (2, 1)
    )
    expect(second).to_contain_text("answers", timeout=LONG_MS)
    first.get_by_role("button", name="Roll back to this").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Roll back").click()
    expect(first).to_contain_text("answers", timeout=LONG_MS)
    assert ask(address, content, token) == {**answer, "time": ANY}

    page.get_by_role("button", name="Stop", exact=True).click()
    page.get_by_role("alertdialog").get_by_role("button", name="Stop").click()
    expect(page.get_by_text("stopped", exact=True)).to_be_visible()
    with pytest.raises(urllib.error.URLError):
        ask(address, content, token)


def test_a_training_becomes_a_trained_model_and_trains_again(page: Page, trained: Trained) -> None:
    trained(page)
    api = Api(page)
    pipeline = api.new_pipeline(TRAINED.replace("name: digits", "name: again"))
    page.goto(f"/pipelines/{pipeline}")
    canvas = Canvas(page)
    canvas.node("fit").click()
    page.get_by_role("button", name="Use a trained model…", exact=True).click()
    page.get_by_role("list", name="Trained models").get_by_role("button").first.click()
    expect(canvas.node("fit")).to_contain_text("Trained model")
    expect(canvas.setting("Epochs")).to_be_disabled()
    wait_until(lambda: ":fit.model" in api.draft(pipeline), what="the reference to be saved")
    canvas.run()
    canvas.expect_state("fit", "succeeded")

    page.get_by_role("button", name="Train it here again").click()
    expect(canvas.setting("Epochs")).to_be_editable()
    wait_until(lambda: "reuse" not in api.draft(pipeline), what="the reference to go")
    canvas.node("model").click()
    page.keyboard.press("Control+z")
    expect(canvas.node("fit")).to_contain_text("Trained model")
