"""A table on the canvas: its columns are offered before anything runs, and looked at afterwards."""

from __future__ import annotations

import pytest
from api import Api
from canvas import Canvas
from playwright.sync_api import Page, expect
from projects import text

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

ROWS = [f"{n},{n % 50 + 18},{['Ulm', 'Bonn', ''][n % 3]}" for n in range(200)]
FILES = {"people.csv": "\n".join(["id,age,city", *ROWS, ""])}


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
