"""Text detection around the network: targets, polygons from maps, overlaps; and a floor without learning.

    python benchmarks/text_detection.py [--pages 100]

Overlaps are measured against OpenCV's, which are for convex polygons only. The floor for the example
``examples/digit_text`` is the usual recipe before learned detectors: local threshold, closing, pieces.
"""

from __future__ import annotations

import argparse
import importlib.util
import math
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from netloom.data.annotations import ObjectAnnotation, box_around
from netloom.data.datasets import open_samples
from netloom.data.objects import ObjectColumn, Objects, objects_column
from netloom.execution.context import RunContext
from netloom.tasks.text_detection.matching import Meeting, TextCounts, counted
from netloom.tasks.text_detection.outlines import text_truth
from netloom.tasks.text_detection.polygons import overlap
from netloom.tasks.text_detection.regions import text_regions
from netloom.tasks.text_detection.targets import text_targets

_SIDE = 640
_TEXTS = 30
_EXAMPLE = Path(__file__).parents[1] / "examples" / "digit_text" / "operators" / "digit_pages.py"


def turned(rng: np.random.Generator, side: int) -> NDArray[np.float64]:
    """A rectangle of the proportions of a line of text, somewhere."""
    height, angle = rng.uniform(12, 40), rng.uniform(-1, 1)
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * [rng.uniform(1, 4), 0.5]
    placed: NDArray[np.float64] = (corners * height) @ turn.T + rng.uniform(0, side, 2)
    return placed


def page_of(polygons: list[NDArray[np.float64]]) -> Objects:
    rings = [tuple((float(x), float(y)) for x, y in polygon) for polygon in polygons]
    texts = [ObjectAnnotation(box=box_around((ring,)), outlines=(ring,)) for ring in rings]
    return ObjectColumn(objects_column([texts], {})).at(0)


def milliseconds(run: Callable[[], Any], repeats: int) -> float:
    """The best of several runs, so that a busy machine matters less."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return min(times) * 1000.0


def floor_polygons(page_HW: NDArray[np.uint8]) -> list[NDArray[Any]]:
    """Rectangles around pieces that stand out from their surroundings, dark or light."""
    ground = cv2.medianBlur(page_HW, 31).astype(np.float32)
    apart = np.abs(cv2.GaussianBlur(page_HW, (0, 0), 1).astype(np.float32) - ground)
    level, _ = cv2.threshold(apart.clip(0, 255).astype(np.uint8), 0, 1, cv2.THRESH_OTSU)
    closed = cv2.morphologyEx(
        (apart > level).astype(np.uint8), cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8)
    )
    contours, _ = cv2.findContours(closed, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    rectangles = [cv2.minAreaRect(contour) for contour in contours]
    return [np.asarray(cv2.boxPoints(found)) for found in rectangles if min(found[1]) >= 8]


def floor_counts(pages: int) -> TextCounts:
    spec = importlib.util.spec_from_file_location("digit_pages", _EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    total = TextCounts(0, 0, 0)
    with tempfile.TemporaryDirectory() as folder:
        run = RunContext.in_process(Path(folder))
        samples = open_samples(module.digit_pages(pages=pages, seed=1, run=run), run.resolve)
        for position in range(len(samples)):
            objects = samples.objects(position)
            assert objects is not None
            found = floor_polygons(samples.read(position)[:, :, 0])
            total = total.plus(counted(Meeting.of(found, text_truth(objects)).judged()))
    return total


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=100)
    pages = parser.parse_args().pages
    rng = np.random.default_rng(0)
    polygons = [turned(rng, _SIDE) for _ in range(_TEXTS)]
    objects, known = page_of(polygons), np.array([True])
    targets = text_targets([objects], known, height=_SIDE, width=_SIDE)
    probabilities = targets.is_kernel[0].astype(np.float32)
    print(f"one page of {_SIDE}×{_SIDE} pixels with {_TEXTS} texts, one thread:")
    took = milliseconds(lambda: text_targets([objects], known, height=_SIDE, width=_SIDE), 5)
    print(f"  targets                    {took:8.1f} ms")
    print(
        f"  polygons from a map        {milliseconds(lambda: text_regions(probabilities), 5):8.1f} ms"
    )
    pairs = [(turned(rng, 40), turned(rng, 40)) for _ in range(500)]
    ours = milliseconds(lambda: [overlap(*pair) for pair in pairs], 3) / len(pairs)
    plain = [(one.astype(np.float32), other.astype(np.float32)) for one, other in pairs]
    theirs = milliseconds(
        lambda: [cv2.intersectConvexConvex(first, second) for first, second in plain], 3
    )
    print(f"  overlap of two rectangles  {1000 * ours:8.1f} µs (any polygons)")
    print(f"  OpenCV's, convex only      {1000 * theirs / len(pairs):8.1f} µs")
    counts = floor_counts(pages)
    print(f"floor on {pages} pages of the example: {counts}")
    print("  " + ", ".join(f"{name} {value:.3f}" for name, value in counts.metrics().items()))


if __name__ == "__main__":
    main()
