"""Pictures from somebody's disk to a pipeline: dropped, looked into, leafed through, used."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from api import Api
from canvas import LONG_MS, Canvas
from pictures import drop, picture, two_classes
from playwright.sync_api import Page, Route, expect

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

PIECE_BYTES = 64 << 10
FILES = {"netloom.toml": f"[server]\nupload_chunk_bytes = {PIECE_BYTES}\n"}


def choose(page: Page, content: bytes, name: str) -> None:
    page.locator('input[type="file"]').first.set_input_files(
        {"name": name, "mimeType": "application/zip", "buffer": content}
    )


def test_a_dropped_zip_file_is_looked_into_and_becomes_a_pipeline(page: Page) -> None:
    page.goto("/data")
    drop(page.get_by_role("heading", level=1), two_classes(), "colours.zip")
    card = page.get_by_role("listitem").filter(has_text="colours")
    expect(card).to_contain_text("12 images · 2 classes", timeout=LONG_MS)
    card.get_by_role("link").click()
    expect(page.get_by_role("heading", name="colours")).to_be_visible()
    balance = page.get_by_role("region", name="Images per class")
    expect(balance.get_by_role("listitem")).to_contain_text(["blue", "red"])

    leaf_through_with_the_keyboard(page)

    page.get_by_role("button", name="Use in a new pipeline").first.click()
    canvas = Canvas(page)
    page.get_by_role("button", name="Fit View").click()
    expect(canvas.node("score")).to_be_visible()
    assert canvas.nodes() == {"data", "parts", "sized", "images", "model", "fit", "score"}
    expect(page.get_by_role("button", name="Run", exact=True)).to_be_enabled()
    canvas.expect_state("data", "ready")


def leaf_through_with_the_keyboard(page: Page) -> None:
    page.get_by_role("tab", name="Gallery").click()
    gallery = page.get_by_role("listbox", name="Pictures")
    expect(gallery.get_by_role("option")).to_have_count(12)
    gallery.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    large = page.get_by_role("dialog")
    expect(large).to_contain_text("Picture 2 of 12")
    expect(large).to_contain_text("blue/1.png")
    page.keyboard.press("End")
    page.keyboard.press("ArrowRight")
    expect(large).to_contain_text("blue/2.png")
    page.keyboard.press("Escape")
    expect(large).to_have_count(0)
    expect(gallery).to_be_focused()


def test_files_that_cannot_be_used_are_refused_with_the_reason(page: Page) -> None:
    page.goto("/data")
    choose(page, b"PK\x03\x04 this is no zip file at all", "broken.zip")
    uploads = page.get_by_role("region", name="Uploads")
    expect(uploads).to_contain_text("not accepted", timeout=LONG_MS)
    expect(uploads.get_by_role("alert")).to_contain_text("zip file")
    uploads.get_by_role("button", name="Take broken off this list").click()

    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("blue/1.png", picture(190, 20))
        archive.writestr("../outside.png", picture(20, 190))
    choose(page, content.getvalue(), "leading-outside.zip")
    expect(uploads.get_by_role("alert")).to_contain_text("../outside.png", timeout=LONG_MS)
    names = [each["name"] for each in Api(page).call("GET", "/datasets")["datasets"]]
    assert not {"broken", "leading-outside"} & set(names)

    choose(page, b"\x89PNG", "photo.png")
    expect(page.get_by_role("alert").filter(has_text="photo.png")).to_be_visible()


def test_an_upload_goes_on_after_the_server_was_killed_and_started_again(
    page: Page, visitors: Any, workbench: Any, tmp_path: Path
) -> None:
    visitors.expect_complaints("net::ERR_")
    content = two_classes(20, side=64)
    pieces: list[str] = []

    def kill_at_the_fourth(route: Route) -> None:
        pieces.append(route.request.url)
        if len(pieces) == 4:
            workbench.kill()
        route.continue_()

    page.route("**/content?offset=*", kill_at_the_fourth)
    page.goto("/data")
    choose(page, content, "long.zip")
    uploads = page.get_by_role("region", name="Uploads")
    expect(uploads).to_contain_text("no connection, next attempt in", timeout=LONG_MS)
    workbench.start(port=workbench.port)
    card = page.get_by_role("listitem").filter(has_text="long")
    expect(card).to_contain_text("40 images · 2 classes", timeout=LONG_MS)
    offsets = [int(url.rpartition("=")[2]) for url in pieces]
    assert (
        offsets.count(3 * PIECE_BYTES) >= 2
    )  # sent again from where it stopped, not from the start
    assert offsets.count(0) == 1
