"""What leaves the workbench as a file: the graph as a picture, the pipeline as text."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import cv2
import numpy as np
import pytest
from api import Api
from canvas import Canvas
from playwright.sync_api import Page
from projects import STEPS, text

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

FILES = {"operators/shared.py": STEPS}
SVG = "{http://www.w3.org/2000/svg}"
# Far apart, so that not all of it is in the window.
PLACES = {"count": (0, 0), "total": (2400, 1300), "patient": (-900, 200)}
CONTENT = (
    text(
        "a wide graph",
        "count: {op: shared.count}",
        "total: {op: shared.total, numbers: count}",
        "patient: {op: shared.patient, numbers: count, until: never}",
    )
    + "layout:\n"
    + "".join(f"  {node}: [{x}, {y}]\n" for node, (x, y) in PLACES.items())
)


@pytest.fixture
def canvas(page: Page) -> Canvas:
    page.goto(f"/pipelines/{Api(page).new_pipeline(CONTENT)}")
    return Canvas(page)


def downloaded(page: Page, what: str, folder: Path) -> Path:
    page.get_by_role("button", name="Download", exact=True).click()
    with page.expect_download() as waiting:
        page.get_by_role("menuitem", name=what).click()
    file = folder / waiting.value.suggested_filename
    waiting.value.save_as(file)
    return file


def test_the_whole_graph_becomes_a_picture(page: Page, canvas: Canvas, tmp_path: Path) -> None:
    file = downloaded(page, "Picture (PNG)", tmp_path)
    assert file.name == "a-wide-graph.png"
    picture = cv2.imread(str(file))
    assert picture is not None
    height, width, _ = picture.shape
    assert width > 2 * (2400 + 900)  # twice as many pixels as units, and all nodes are in it
    assert height > 2 * 1300
    for x, y in PLACES.values():
        assert differs_from_ground(picture, x, y)


def differs_from_ground(picture: np.ndarray, x: float, y: float) -> bool:
    """Whether something is drawn right and below of a place on the canvas."""
    left = min(x for x, _ in PLACES.values()) - 48
    top = min(y for _, y in PLACES.values()) - 48
    column, row = int(2 * (x - left)), int(2 * (y - top))
    node = picture[row : row + 80, column : column + 300]
    return bool((node != picture[2, 2]).any(axis=-1).mean() > 0.5)


def test_the_picture_as_drawing_names_every_node_and_draws_every_link(
    page: Page, canvas: Canvas, tmp_path: Path
) -> None:
    file = downloaded(page, "Picture (SVG)", tmp_path)
    drawing = ET.parse(file).getroot()
    written = {each.text for each in drawing.iter(f"{SVG}text")}
    assert {"count", "total", "patient", "Count", "Total", "Patient"} <= written
    links = [each for each in drawing.iter(f"{SVG}path") if each.get("fill") == "none"]
    assert len(links) == 2
    assert all("var(" not in value for each in drawing.iter() for value in each.attrib.values())


def test_the_pipeline_file_is_what_the_server_keeps(
    page: Page, canvas: Canvas, tmp_path: Path
) -> None:
    file = downloaded(page, "Pipeline file (YAML)", tmp_path)
    assert file.read_text() == canvas.text() == CONTENT
