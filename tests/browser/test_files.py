"""Settings that are paths are chosen from what the server's machine has."""

from __future__ import annotations

import re

import pytest
from api import Api
from canvas import Canvas
from playwright.sync_api import Page, expect
from projects import text

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

FILES = {
    "pictures/train/cats/1.txt": "no picture",
    "pictures/train/dogs/1.txt": "no picture",
    "pictures/labels.csv": "path,label\n",
    "secret/.hidden/key": "k",
}


def test_a_folder_is_found_with_the_keyboard(page: Page) -> None:
    content = text("browsed", "data: {op: data.image_folder, path: nowhere}")
    page.goto(f"/pipelines/{Api(page).new_pipeline(content)}")
    canvas = Canvas(page)
    canvas.node("data").click()
    browse = page.get_by_role("button", name="Browse for Path")
    browse.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Choose a folder or file")
    options = dialog.get_by_role("option")
    expect(options).to_have_text(
        [
            re.compile("^pictures$"),
            re.compile("^secret$"),
            re.compile(r"^netloom\.toml"),
            re.compile("log"),
        ]
    )
    page.keyboard.type("pict")
    expect(options).to_have_count(1)
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("heading", name="pictures")).to_be_visible()
    expect(options).to_contain_text(["train", "labels.csv"])
    page.keyboard.press("Enter")
    expect(options).to_contain_text(["cats", "dogs"])
    page.keyboard.press("Backspace")
    expect(options).to_contain_text(["train", "labels.csv"])
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("heading", name="pictures/train")).to_be_visible()
    dialog.get_by_role("button", name="Use this folder").press("Enter")
    expect(dialog).to_have_count(0)
    expect(canvas.setting("Path")).to_have_value("pictures/train")
    expect(page.get_by_test_id("saving")).to_have_text("Saved")
    assert "path: pictures/train" in canvas.text()


def test_a_file_is_chosen_with_a_click_and_nothing_hidden_is_shown(page: Page) -> None:
    content = text("listed", "data: {op: data.image_list, path: pictures/labels.csv}")
    page.goto(f"/pipelines/{Api(page).new_pipeline(content)}")
    canvas = Canvas(page)
    canvas.node("data").click()
    page.get_by_role("button", name="Browse for Path").click()
    dialog = page.get_by_role("dialog", name="Choose a folder or file")
    chosen = dialog.get_by_role("option", selected=True)
    expect(chosen).to_contain_text("labels.csv")  # where the setting points at, to begin with
    dialog.get_by_role("button", name="Up to the folder above").click()
    expect(dialog.get_by_role("option", name=".netloom")).to_have_count(0)
    dialog.get_by_role("option", name="secret").click()
    expect(dialog.get_by_text("Nothing here.")).to_be_visible()
    dialog.get_by_role("button", name="Up to the folder above").click()
    dialog.get_by_role("option", name="netloom.toml").click()
    expect(canvas.setting("Path")).to_have_value("netloom.toml")
