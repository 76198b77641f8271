"""How fast segmentations are measured, against a floor: one pass over the pixels of both maps.

    python benchmarks/segmentation.py

Prints milliseconds per picture of 512×512 with 21 classes, beside the time that ``numpy.bincount`` takes for
as many pixels.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from netloom.tasks.label_maps import label_map_json
from netloom.tasks.semantic_segmentation.counts import PictureCounts

SIDE, CLASSES, PICTURES = 512, 21, 20


def blobs(seed: int) -> NDArray[np.uint8]:
    """A map of overlapping discs."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[:SIDE, :SIDE]
    levels = np.zeros((SIDE, SIDE), np.uint8)
    for _ in range(8):
        y, x, radius = rng.uniform(0, SIDE), rng.uniform(0, SIDE), rng.uniform(20, 120)
        levels[np.hypot(rows - y, columns - x) < radius] = rng.integers(1, CLASSES)
    return levels


def milliseconds(work: Callable[[int], object]) -> float:
    """Per picture: the best of three rounds."""
    rounds = []
    for _ in range(3):
        start = time.perf_counter()
        for picture in range(PICTURES):
            work(picture)
        rounds.append((time.perf_counter() - start) / PICTURES * 1000)
    return min(rounds)


def main() -> None:
    """Measure and print."""
    maps = [blobs(seed) for seed in range(PICTURES + 1)]
    flat = [levels.reshape(-1).astype(np.int64) for levels in maps]
    labels = ["background", *(f"class {index}" for index in range(1, CLASSES))]
    cases: dict[str, Callable[[int], object]] = {
        "bincount of the pixels (floor)": lambda at: np.bincount(flat[at], minlength=CLASSES),
        "confusion and borders": lambda at: PictureCounts.of(maps[at + 1], maps[at], CLASSES),
        "prediction as JSON": lambda at: label_map_json(maps[at], labels),
    }
    for name, work in cases.items():
        print(f"{name:32} {milliseconds(work):8.2f} ms per picture")


if __name__ == "__main__":
    main()
