from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pyarrow as pa
import pytest
from coarse_scenes import placed, resolved

from netloom.core.errors import InvalidData
from netloom.core.reporter import SilentReporter
from netloom.core.tasks import TextDetection
from netloom.data.annotations import AnnotatedImage, Box, ObjectAnnotation
from netloom.data.crops import TextCrops
from netloom.data.datasets import open_samples
from netloom.data.derived.crop_datasets import Pairing, text_crops
from netloom.data.derived.found import with_found_objects
from netloom.data.formats.annotated.annotated_images import AnnotatedImages
from netloom.data.formats.annotated.indexing import index_annotated
from netloom.data.formats.annotated.source_folder import SourceFolder
from netloom.data.index import INDEX_NAME, read_index, write_index
from netloom.data.view import Dataset

# A strip from left below to right above, 40 long and 8 high, at 45 degrees.
STRIP = np.array([[10.0, 44.0], [38.284, 15.716], [43.941, 21.373], [15.657, 49.657]])
FLAT = np.array([[5.0, 5.0], [25.0, 5.0], [25.0, 11.0], [5.0, 11.0]])


def box_around(polygon: Any) -> list[float]:
    return [*polygon.min(axis=0).tolist(), *polygon.max(axis=0).tolist()]


def found(polygon: Any, score: float) -> dict[str, Any]:
    return {
        "label": "text",
        "score": score,
        "box": box_around(polygon),
        "polygon": polygon.tolist(),
    }


@pytest.fixture
def pages(tmp_path: Path, reporter: SilentReporter) -> Dataset[Any]:
    """A page with a slanting text, a flat one that nobody has found, and something found that is no text."""
    folder, media = tmp_path / "pages", tmp_path / "pages" / "pictures"
    media.mkdir(parents=True)
    pixels = np.zeros((60, 60), np.uint8)
    cv2.fillPoly(pixels, [np.rint(STRIP).astype(np.int32)], 200)
    cv2.imwrite(str(media / "a.png"), pixels)
    texts = tuple(
        ObjectAnnotation(
            box=Box(*box_around(polygon)),
            outlines=(tuple(map(tuple, polygon.tolist())),),
            text=text,
        )
        for polygon, text in ((STRIP, "4711"), (FLAT, "12"))
    )
    images = AnnotatedImages(
        format="drawn",
        folder=SourceFolder.at(media),
        images=(AnnotatedImage(path="a.png", part="train", objects=texts),),
        labels=(),
    )
    view = index_annotated(
        images, folder, task=TextDetection.name, media=f"path:{media}", reporter=reporter
    )
    said = [found(STRIP + np.array([0.5, 0.0]), 0.9), found(FLAT + np.array([30.0, 40.0]), 0.8)]
    table = read_index(folder / INDEX_NAME)
    write_index(folder / INDEX_NAME, with_found_objects(table, [said]))
    return replace(view, index=f"path:{folder}/{INDEX_NAME}")


@pytest.mark.parametrize(
    ("source", "texts"),
    [
        ("matched", ["4711"]),
        ("predicted", ["4711", None]),
        ("ground_truth", ["4711", "12"]),
    ],
)
def test_texts_are_cut_out_upright_with_what_is_written_there(
    pages: Dataset[Any],
    workdir: Path,
    reporter: SilentReporter,
    source: Any,
    texts: list[str | None],
) -> None:
    crops = text_crops(
        pages, resolved, workdir, TextCrops(), Pairing(source=source), reporter=reporter
    )
    samples = open_samples(placed(crops, workdir), resolved, labelled=False)
    assert crops.task == "text_recognition"
    assert [samples.text(position) for position in range(len(samples))] == texts
    pixels = samples.read(0)
    assert pixels.shape[:2] == (8, 40)
    assert (pixels[2:-2, 2:-2] > 150).mean() > 0.9
    assert read_index(workdir / INDEX_NAME)["parent"].to_pylist() == ["a.png"] * len(texts)


def test_texts_that_nobody_has_read_are_left_out_or_an_error(
    pages: Dataset[Any], workdir: Path, reporter: SilentReporter
) -> None:
    table = read_index(resolved(pages.index))
    objects = table["objects"].to_pylist()
    for each in objects[0]:
        each["text"] = None
    column = table.schema.get_field_index("objects")
    silent = table.set_column(column, "objects", pa.array(objects, table["objects"].type))
    write_index(resolved(pages.index), silent)
    crops = text_crops(pages, resolved, workdir, TextCrops(), Pairing(), reporter=reporter)
    assert "objects without a fine label, left out: 1" in crops.remarks
    with pytest.raises(InvalidData) as caught:
        text_crops(
            pages, resolved, workdir, TextCrops(), Pairing(missing="error"), reporter=reporter
        )
    assert [problem.code for problem in caught.value.diagnostics] == ["I505"]
