"""Feeding images up to the uint8 batch, against the bare loop that does only what cannot be avoided.

Claims: ≥ 0.9 of decoding and resizing JPEG files with OpenCV and stacking them; ≥ 0.8 of indexing a
memory-mapped array when images are kept in memory. One process, one thread, no workers, on both sides.
Rates are per second of CPU time: on a shared machine wall time compares the neighbours as well.

    python benchmarks/image_feeding.py [--repetitions 7] [--images 300]
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from peers import row

from netloom.core.reporter import SilentReporter
from netloom.data.datasets import open_samples
from netloom.data.formats.array import write_array_source
from netloom.data.formats.image_folder import index_image_folder
from netloom.data.loaders import Loader
from netloom.data.transforms import Resize
from netloom.data.view import Dataset

BATCH_SIZE = 32
SIDE = 224


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repetitions", type=int, default=7)
    parser.add_argument("--images", type=int, default=300)
    options = parser.parse_args()
    cv2.setNumThreads(0)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for claim, ours, bare in (
            ("JPEG files to 224 px", *files(folder / "files", options.images)),
            ("kept images, 64 px", *kept(folder / "small", 20_000, 64)),
            ("kept images, 224 px", *kept(folder / "large", 1_000, SIDE)),
        ):
            for result in compare(claim, ours, bare, options.repetitions):
                print(json.dumps(result))


def compare(
    claim: str, ours: Callable[[int], int], bare: Callable[[int], int], repetitions: int
) -> Iterator[dict[str, Any]]:
    """Images per CPU second of both, interleaved, and the ratio of each pair."""
    ours(0)
    bare(0)
    rates = [(rate(ours, epoch), rate(bare, epoch)) for epoch in range(1, repetitions + 1)]
    yield row(f"{claim}: Loader", [pair[0] for pair in rates], "images/cpu_s")
    yield row(f"{claim}: bare loop", [pair[1] for pair in rates], "images/cpu_s")
    yield row(f"{claim}: ratio", [one / other for one, other in rates], "")


def rate(epoch_of: Callable[[int], int], epoch: int) -> float:
    start = time.process_time()
    num_images = epoch_of(epoch)
    return num_images / (time.process_time() - start)


def files(folder: Path, num_images: int) -> tuple[Callable[[int], int], Callable[[int], int]]:
    """Synthetic photographs of 500 × 375 pixels and about 50 KB."""
    paths = []
    rng = np.random.default_rng(0)
    for number in range(num_images):
        coarse = rng.integers(0, 256, (24, 32, 3), dtype=np.uint8)
        image = cv2.resize(coarse, (500, 375), interpolation=cv2.INTER_CUBIC).astype(np.int16)
        image = np.clip(image + rng.normal(0, 8, image.shape), 0, 255).astype(np.uint8)
        path = folder / "images" / f"{number % 10}" / f"{number}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 85])[1].tobytes())
        paths.append(path)
    view = index_image_folder(
        folder / "images", folder, media="work:images", reporter=SilentReporter(folder)
    ).with_transform(Resize(size=SIDE))

    def bare(epoch: int) -> int:
        order = np.random.default_rng(epoch).permutation(num_images)
        for first in range(0, num_images, BATCH_SIZE):
            indices = order[first : first + BATCH_SIZE]
            batch = np.empty((len(indices), SIDE, SIDE, 3), np.uint8)
            for place, index in enumerate(indices.tolist()):
                content = np.frombuffer(paths[index].read_bytes(), np.uint8)
                pixels = cv2.imdecode(content, cv2.IMREAD_COLOR_RGB)
                batch[place] = cv2.resize(pixels, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
            torch.from_numpy(batch)
        return num_images

    return loader_of(view, folder, cache_mb=0), bare


def kept(
    folder: Path, num_images: int, side: int
) -> tuple[Callable[[int], int], Callable[[int], int]]:
    """An array source small enough to be kept, against fancy indexing of its file."""
    folder.mkdir()
    shape = (num_images, side, side, 3)
    images = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    ids = [str(number) for number in range(num_images)]
    view = write_array_source(folder, images, [0] * num_images, label_names=["any"], ids=ids)
    mapped = np.load(folder / "media.npy", mmap_mode="r")

    def bare(epoch: int) -> int:
        order = np.random.default_rng(epoch).permutation(num_images)
        for first in range(0, num_images, BATCH_SIZE):
            torch.from_numpy(np.asarray(mapped[order[first : first + BATCH_SIZE]]))
        return num_images

    return loader_of(view, folder, cache_mb=256), bare


def loader_of(view: Dataset[Any], folder: Path, *, cache_mb: int) -> Callable[[int], int]:
    samples = open_samples(view, lambda location: folder / location.partition(":")[2])
    loader = Loader(samples, batch_size=BATCH_SIZE, shuffle=True, seed=0, cache_mb=cache_mb)
    return lambda epoch: sum(len(batch.labels_N) for batch in loader.epoch(epoch))


if __name__ == "__main__":
    main()
