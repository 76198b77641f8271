"""Tables: their columns on the canvas before anything runs; a model of one, asked on its page and served."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from api import Api, wait_until
from asking import ask_rows
from canvas import LONG_MS, Canvas
from playwright.sync_api import Page, expect
from projects import text

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

ROWS = [f"{n},{n % 50 + 18},{['Ulm', 'Bonn', ''][n % 3]}" for n in range(200)]
# Whoever is 43 or older leaves.
LEAVERS = [f"{row},{'leaves' if n % 50 >= 25 else 'stays'}" for n, row in enumerate(ROWS)]
FILES = {
    "people.csv": "\n".join(["id,age,city", *ROWS, ""]),
    "leavers.csv": "\n".join(["id,age,city,left", *LEAVERS, ""]),
}
LEARNING = text(
    "leavers",
    "rows: {op: tables.source, path: leavers.csv, format: {type: csv}}",
    "features: {op: tables.fit_features, table: rows, keys: [id], labels: [left]}",
    "encoded: {op: tables.encode, table: rows, features: features}",
    "net: {op: tables.mlp, targets: [{column: left, type: binary, positive: leaves}], widths: [16]}",
    "fit: {op: tables.train, model: net, table: encoded, features: features, epochs: 20, batch_size: 16}",
)


@pytest.fixture
def canvas(page: Page) -> Canvas:
    content = text(
        "people",
        "rows: {op: tables.source, path: people.csv, format: {type: csv}}",
        "parts: {op: tables.split, table: rows, keys: [name]}",
    )
    page.goto(f"/pipelines/{Api(page).new_pipeline(content)}")
    return Canvas(page)


def test_columns_are_chosen_from_those_that_there_will_be(page: Page, canvas: Canvas) -> None:
    canvas.node("parts").click()
    inspector = page.get_by_role("complementary", name="Inspector")
    expect(inspector.get_by_text("The table has no column “name”")).to_be_attached()

    inspector.get_by_role("button", name="Remove name").click()
    canvas.setting("Keys").fill("i")
    expect(page.get_by_role("option", name="city text")).to_be_visible()
    canvas.setting("Keys").fill("id")
    canvas.setting("Keys").press("Enter")
    expect(inspector.get_by_text("The table has no column")).to_have_count(0)
    expect(page.get_by_test_id("saving")).to_have_text("Saved")
    assert "keys: [id]" in canvas.text()

    # What was made with them is looked at beside the canvas, as columns and as rows.
    canvas.run()
    canvas.expect_state("parts", "succeeded")
    expect(canvas.node("parts")).to_contain_text("200 rows · 4 columns")
    inspector.get_by_role("tab", name="Data").click()
    columns = inspector.get_by_role("list", name="Columns of the table")
    expect(columns.get_by_role("listitem")).to_have_count(4)
    columns.get_by_role("button", name="About age").click()
    expect(page.get_by_role("dialog")).to_contain_text("18 – 67")
    page.keyboard.press("Escape")

    inspector.get_by_role("button", name="Show large").click()
    grid = page.get_by_role("dialog").get_by_role("grid")
    expect(grid.get_by_role("columnheader")).to_have_count(4)
    page.get_by_role("dialog").get_by_role("searchbox").fill("age")
    expect(grid.get_by_role("columnheader")).to_have_count(1)


def test_a_model_of_a_table_answers_rows_and_is_served(page: Page) -> None:
    api = Api(page)
    run = api.call("POST", "/runs", {"text": LEARNING})["id"]
    wait_until(lambda: api.call("GET", f"/runs/{run}")["state"] == "succeeded", what="the training")
    page.goto("/models")
    page.get_by_role("link", name="leavers · fit").click()
    left = page.get_by_role("region", name="left", exact=True)
    page.get_by_label("age", exact=True).fill("66")
    expect(left.get_by_text("leaves", exact=True)).to_be_visible(timeout=LONG_MS)
    page.get_by_label("age", exact=True).fill("19")
    expect(left.get_by_text("stays", exact=True)).to_be_visible()
    page.get_by_role("button", name="Put age back").click()
    page.get_by_role("switch", name="city is missing").click()
    expect(page.get_by_role("region", name="Changes").get_by_role("listitem")).to_have_count(1)

    page.get_by_text("Several rows").click()
    rows = page.get_by_role("textbox", name="Rows", exact=True)
    rows.fill("id,age,city\n1,old,Ulm\n")
    expect(page.get_by_role("alert")).to_have_text("Row 1, age: “old” is no whole number")
    rows.fill("id,age,city\n1,66,Ulm\n2,19,\n")
    page.get_by_role("button", name="Predict 2 rows").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download as CSV").click()
    found = list(csv.DictReader(Path(download.value.path()).read_text().splitlines()))
    assert [(row["id"], row["city"], row["left"]) for row in found] == [
        ("1", "Ulm", "leaves"),
        ("2", "", "stays"),
    ]

    page.get_by_role("button", name="Deploy", exact=True).click()
    dialog = page.get_by_role("dialog", name="Deploy on this machine")
    dialog.get_by_role("button", name="Deploy").click()
    token = page.get_by_role("region", name="Token of this deployment").locator("pre").inner_text()
    expect(page.get_by_text("running", exact=True)).to_be_visible(timeout=LONG_MS)
    address = page.get_by_test_id("endpoint").inner_text()
    said = ask_rows(address, [{"age": 66, "city": None}], token)["rows"]
    assert [row["left"] for row in said] == ["leaves"]
    page.get_by_role("tab", name="Try it").click()
    page.get_by_label("age", exact=True).fill("66")
    expect(left.get_by_text("leaves", exact=True)).to_be_visible()
    page.get_by_role("button", name="Stop", exact=True).click()
    page.get_by_role("alertdialog").get_by_role("button", name="Stop").click()
    expect(page.get_by_text("stopped", exact=True)).to_be_visible()
