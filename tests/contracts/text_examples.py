"""A small data set of pictures with text, and a slow computation of its metrics."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from torch import Tensor

from netloom.core.tasks import TextDetection
from netloom.data.annotations import ObjectAnnotation, Ring, box_around
from netloom.data.datasets import Samples, open_samples
from netloom.data.index import index_table, write_index
from netloom.data.objects import ObjectColumn, objects_column
from netloom.data.scene_loaders import SceneBatch
from netloom.data.view import Dataset
from netloom.tasks.text_detection.matching import Meeting
from netloom.tasks.text_detection.outlines import text_truth
from netloom.tasks.text_detection.regions import text_regions
from netloom.tasks.text_detection.targets import text_targets

Changed = Callable[[Samples], Samples]
NAMES = [f"page-{row}" for row in range(14)]
_HEIGHT, _WIDTH = 24, 32
_ILLEGIBLE, _EMPTY = 3, 5
"""Pages on which nobody can read the text, and on which there is none."""


def pages(folder: Path) -> Samples:
    """A light bar on a dark page is a text, level or slanted."""
    rng = np.random.default_rng(0)
    texts = []
    for row, name in enumerate(NAMES):
        page = rng.integers(0, 60, (_HEIGHT, _WIDTH), dtype=np.uint8)
        top, slant = 3 + row % 4, row % 3
        ring: Ring = ((4, top), (28, top + slant), (28, top + slant + 13), (4, top + 13))
        if row != _EMPTY:
            cv2.fillConvexPoly(page, np.array(ring, np.int32), 200)
        (folder / "media").mkdir(exist_ok=True)
        (folder / "media" / f"{name}.png").write_bytes(cv2.imencode(".png", page)[1].tobytes())
        texts.append([] if row == _EMPTY else [written(ring, is_crowd=row == _ILLEGIBLE)])
    table = index_table(
        ids=NAMES,
        digests=NAMES,
        paths=[f"{name}.png" for name in NAMES],
        parts=["train"] * len(NAMES),
        sizes=[(_WIDTH, _HEIGHT)] * len(NAMES),
    )
    write_index(folder / "index.parquet", table.append_column("objects", objects_column(texts, {})))
    return open_samples(
        view_of(folder), lambda place: folder / place.removeprefix("work:"), part="train"
    )


def view_of(folder: Path) -> Dataset[TextDetection]:
    """What :func:`pages` wrote, as a data set."""
    assert (folder / "index.parquet").is_file()
    return Dataset(
        task="text_detection",
        index="work:index.parquet",
        media="work:media",
        media_kind="folder",
        labels=(),
        channels=1,
    )


def written(ring: Ring, *, is_crowd: bool = False) -> ObjectAnnotation:
    """A text with this outline."""
    return ObjectAnnotation(box=box_around((ring,)), outlines=(ring,), is_crowd=is_crowd)


def unannotated(samples: Samples) -> Samples:
    """Nobody has looked at the third page."""
    assert samples.annotations is not None
    is_known_N = samples.annotations.is_known_N.copy()
    is_known_N[2] = False
    return replace(samples, annotations=replace(samples.annotations, is_known_N=is_known_N))


def rewritten(*texts: ObjectAnnotation) -> Changed:
    """The same texts on every page."""

    def change(samples: Samples) -> Samples:
        assert samples.annotations is not None
        column = ObjectColumn(objects_column([texts] * len(samples), {}))
        return replace(samples, annotations=replace(samples.annotations, column=column))

    return change


THIN: Ring = ((2, 2), (30, 2), (30, 5), (2, 5))


def slow_text_detection(outputs: Tensor, batch: SceneBatch) -> dict[str, float]:
    """Page by page, and pixel by pixel."""
    assert batch.objects is not None
    right = found = true = 0
    losses: tuple[list[float], list[float]] = ([], [])
    for logits_2HW, objects in zip(outputs, batch.objects, strict=True):
        probabilities = np.array(
            [[round(255 / (1 + math.exp(-x))) / 255 for x in row] for row in logits_2HW[0].tolist()]
        )
        regions = text_regions(probabilities.astype(np.float32))
        verdict = Meeting.of(regions.polygons, text_truth(objects)).judged()
        right += sum(partner >= 0 for partner in verdict.partner_D.tolist())
        found += sum(partner >= -1 for partner in verdict.partner_D.tolist())
        true += verdict.num_true
        targets = text_targets([objects], np.array([True]), height=_HEIGHT, width=_WIDTH)
        for logit, kernel, learned in zip(
            logits_2HW[0].reshape(-1).tolist(),
            targets.is_kernel.reshape(-1).tolist(),
            targets.is_learned.reshape(-1).tolist(),
            strict=True,
        ):
            if learned:
                losses[kernel].append(math.log1p(math.exp(-logit if kernel else logit)))
    means: Sequence[float] = [sum(part) / len(part) for part in losses]
    return {
        "h_mean": 2 * right / (found + true),
        "precision": right / max(found, 1),
        "recall": right / true,
        "loss": sum(means) / 2,
    }
