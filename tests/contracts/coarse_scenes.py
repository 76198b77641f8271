"""Pictures with objects whose fine label is an attribute, and what a detector is said to have found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from netloom.core.reporter import SilentReporter
from netloom.core.tasks import ObjectDetection
from netloom.data.annotations import AnnotatedImage, Box, ObjectAnnotation
from netloom.data.derived.found import with_found_objects
from netloom.data.formats.annotated.annotated_images import AnnotatedImages
from netloom.data.formats.annotated.indexing import index_annotated
from netloom.data.formats.annotated.source_folder import SourceFolder
from netloom.data.index import read_index, write_index
from netloom.data.view import Dataset, Part

WIDTH, HEIGHT = 40, 30

Object = tuple[tuple[float, float, float, float], str, str | None]
"""Box, class and digit."""
Pictures = Mapping[str, tuple[Part, Sequence[Object]]]
"""Part and objects of each picture, by name."""


def found(label: str, score: float, *box: float) -> dict[str, Any]:
    """An object as a detector tells it."""
    return {"label": label, "score": score, "box": list(box)}


def placed(view: Dataset[Any], folder: Path) -> Dataset[Any]:
    """A data set that was written into a working folder, as seen from elsewhere."""
    here = f"path:{folder}/"
    return replace(
        view, index=view.index.replace("work:", here), media=view.media.replace("work:", here)
    )


def resolved(location: str) -> Path:
    """Path of a location, as these data sets have them."""
    return Path(location.removeprefix("path:"))


def coarse_scenes(
    folder: Path,
    pictures: Pictures,
    detected: Mapping[str, Sequence[dict[str, Any]]] | None = None,
) -> Dataset[Any]:
    """Pictures in which an object's pixels have ten times its number as level, beginning with 1.

    Args:
        detected: What a detector is said to have found in each picture; None if none has looked.
    """
    media = folder / "pictures"
    media.mkdir(parents=True)
    images = []
    for name, (part, objects) in pictures.items():
        pixels = np.zeros((HEIGHT, WIDTH), np.uint8)
        annotated = []
        for number, (box, label, digit) in enumerate(objects, start=1):
            left, top, right, bottom = map(int, box)
            pixels[top:bottom, left:right] = 10 * number
            attributes = {} if digit is None else {"digit": digit}
            annotated.append(ObjectAnnotation(box=Box(*box), label=label, attributes=attributes))
        cv2.imwrite(str(media / name), pixels)
        images.append(AnnotatedImage(path=name, part=part, objects=tuple(annotated)))
    view = index_annotated(
        AnnotatedImages(
            format="drawn",
            folder=SourceFolder.at(media),
            images=tuple(images),
            labels=("even", "odd"),
        ),
        folder,
        task=ObjectDetection.name,
        media=f"path:{media}",
        reporter=SilentReporter(folder / "checkpoints"),
    )
    view = replace(view, index=f"path:{folder}/index.parquet")
    if detected is not None:
        table = read_index(folder / "index.parquet")
        said = [detected.get(name, ()) for name in table["id"].to_pylist()]
        write_index(folder / "index.parquet", with_found_objects(table, said))
    return view
