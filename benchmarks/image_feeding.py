"""Feeding images up to the uint8 batch, against the bare loop that does only what cannot be avoided.

Claims: ≥ 0.9 of decoding JPEG files of 224 px with OpenCV, with and without a resize, and stacking them;
≥ 0.8 of indexing a memory-mapped array, for prepared images (``image.cache``) and for images kept in
memory. One process, one thread, no workers, on both sides. Rates are per second of CPU time: on a shared
machine wall time compares the neighbours as well. At the end: what each augmentation costs an image.

On both sides a batch lives until the next has come, as in a training loop. It matters: a bare loop that drops
each batch at once fills the same 4.8 MB again and again, which the processor's cache likes, and indexes
images of 224 px about 1.4 times as fast. Against that one the Loader reaches 0.7, and 0.95 if its batches
are dropped at once too. Ratios of single pairs scatter by a quarter on a busy machine, so few repetitions say
little.

    python benchmarks/image_feeding.py [--repetitions 31] [--images 300]
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
from netloom.data.apply.compilation import compile_transforms
from netloom.data.datasets import open_samples
from netloom.data.formats.array import write_array_source
from netloom.data.formats.image_folder import index_image_folder
from netloom.data.loaders import Loader
from netloom.data.mixing import blend
from netloom.data.prepared import write_prepared
from netloom.data.transforms.blending import CutMix, MixUp
from netloom.data.transforms.colour import Autocontrast, ColorJitter, Equalize, RandomGrayscale
from netloom.data.transforms.policies import RandAugment, TrivialAugment
from netloom.data.transforms.sizing import RandomCrop, RandomResizedCrop, Resize
from netloom.data.transforms.spatial import Affine, Flip, Perspective, Rotate
from netloom.data.transforms.texture import Blur, Erase, Noise, Sharpen
from netloom.data.view import Dataset

BATCH_SIZE = 32
SIDE = 224
AUGMENTATIONS: tuple[Any, ...] = (
    Flip(p=0.5),
    RandomCrop(size=SIDE, padding=16),
    RandomResizedCrop(size=SIDE),
    Rotate(),
    Affine(),
    Perspective(p=1),
    ColorJitter(),
    RandomGrayscale(p=1),
    Autocontrast(p=1),
    Equalize(p=1),
    Blur(p=1),
    Sharpen(p=1),
    Noise(p=1),
    Erase(p=1),
    RandAugment(),
    TrivialAugment(),
)

Epoch = Callable[[int], int]
"""Goes through all images in the order of an epoch; returns how many there are."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repetitions", type=int, default=31)
    parser.add_argument("--images", type=int, default=300)
    options = parser.parse_args()
    cv2.setNumThreads(0)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for claim, ours, bare in (
            ("JPEG files of 224 px", *files(folder / "ready", options.images, (SIDE, SIDE))),
            ("JPEG files to 224 px", *files(folder / "files", options.images, (375, 500))),
            ("prepared images, 64 px", *prepared(folder / "prepared_small", 20_000, 64)),
            ("prepared images, 224 px", *prepared(folder / "prepared_large", 1_000, SIDE)),
            ("kept images, 64 px", *kept(folder / "small", 20_000, 64)),
            ("kept images, 224 px", *kept(folder / "large", 1_000, SIDE)),
        ):
            for result in compare(claim, ours, bare, options.repetitions):
                print(json.dumps(result))
    for result in augmentation_costs(options.repetitions):
        print(json.dumps(result))


def compare(claim: str, ours: Epoch, bare: Epoch, repetitions: int) -> Iterator[dict[str, Any]]:
    """Images per CPU second of both, interleaved, and the ratio of each pair."""
    ours(0)
    bare(0)
    rates = [(rate(ours, epoch), rate(bare, epoch)) for epoch in range(1, repetitions + 1)]
    yield row(f"{claim}: Loader", [pair[0] for pair in rates], "images/cpu_s")
    yield row(f"{claim}: bare loop", [pair[1] for pair in rates], "images/cpu_s")
    yield row(f"{claim}: ratio", [one / other for one, other in rates], "")


def rate(epoch_of: Epoch, epoch: int) -> float:
    start = time.process_time()
    num_images = epoch_of(epoch)
    return num_images / (time.process_time() - start)


def files(folder: Path, num_images: int, extent: tuple[int, int]) -> tuple[Epoch, Epoch]:
    """Synthetic photographs, about 50 KB at 500 × 375 pixels; resized if they are not 224 px yet."""
    paths = [
        write_photograph(folder / "images" / f"{number % 10}" / f"{number}.jpg", number, extent)
        for number in range(num_images)
    ]
    view = index_image_folder(
        folder / "images", folder, media="work:images", reporter=SilentReporter(folder)
    )
    is_ready = extent == (SIDE, SIDE)

    def bare(epoch: int) -> int:
        order = np.random.default_rng(epoch).permutation(num_images)
        for first in range(0, num_images, BATCH_SIZE):
            indices = order[first : first + BATCH_SIZE]
            images = np.empty((len(indices), SIDE, SIDE, 3), np.uint8)
            for place, index in enumerate(indices.tolist()):
                content = np.frombuffer(paths[index].read_bytes(), np.uint8)
                pixels = cv2.imdecode(content, cv2.IMREAD_COLOR_RGB)
                if not is_ready:
                    pixels = cv2.resize(pixels, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
                images[place] = pixels
            batch = torch.from_numpy(images)
        assert len(batch)
        return num_images

    transformed = view if is_ready else view.with_transform(Resize(size=SIDE))
    return loader_of(transformed, folder, cache_mb=0), bare


def write_photograph(path: Path, number: int, extent: tuple[int, int]) -> Path:
    rng = np.random.default_rng(number)
    coarse = rng.integers(0, 256, (24, 32, 3), dtype=np.uint8)
    image = cv2.resize(coarse, extent[::-1], interpolation=cv2.INTER_CUBIC).astype(np.int16)
    image = np.clip(image + rng.normal(0, 8, image.shape), 0, 255).astype(np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 85])[1].tobytes())
    return path


def prepared(folder: Path, num_images: int, side: int) -> tuple[Epoch, Epoch]:
    """What ``image.cache`` writes, against fancy indexing of its file."""
    source = array_of(folder / "source", num_images, side * 9 // 8)
    view = write_prepared(
        source.with_transform(Resize(size=side)),
        folder,
        resolve=lambda location: folder / "source" / location.partition(":")[2],
        reporter=SilentReporter(folder),
    )
    return loader_of(view, folder, cache_mb=0), indexing(folder / "media.npy")


def kept(folder: Path, num_images: int, side: int) -> tuple[Epoch, Epoch]:
    """Images that are prepared in the first epoch and kept in memory, against indexing a file of them."""
    view = array_of(folder, num_images, side).with_transform(Autocontrast(random=False))
    return loader_of(view, folder, cache_mb=256), indexing(folder / "media.npy")


def array_of(folder: Path, num_images: int, side: int) -> Dataset[Any]:
    folder.mkdir(parents=True)
    shape = (num_images, side, side, 3)
    images = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    ids = [str(number) for number in range(num_images)]
    return write_array_source(folder, images, [0] * num_images, label_names=["any"], ids=ids)


def indexing(file: Path) -> Epoch:
    mapped = np.load(file, mmap_mode="r")

    def bare(epoch: int) -> int:
        order = np.random.default_rng(epoch).permutation(len(mapped))
        for first in range(0, len(mapped), BATCH_SIZE):
            batch = torch.from_numpy(np.asarray(mapped[order[first : first + BATCH_SIZE]]))
        assert len(batch)
        return len(mapped)

    return bare


def loader_of(view: Dataset[Any], folder: Path, *, cache_mb: int) -> Epoch:
    samples = open_samples(view, lambda location: folder / location.partition(":")[2])
    loader = Loader(samples, batch_size=BATCH_SIZE, shuffle=True, seed=0, cache_mb=cache_mb)
    return lambda epoch: sum(len(batch.labels_N) for batch in loader.epoch(epoch))


def augmentation_costs(repetitions: int) -> Iterator[dict[str, Any]]:
    """CPU microseconds for an image of 224 px, and of decoding it for comparison."""
    rng = np.random.default_rng(0)
    coarse = rng.integers(0, 256, (24, 24, 3), dtype=np.uint8)
    image = cv2.resize(coarse, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
    encoded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 85])[1]

    def timed(name: str, function: Callable[[], Any], images: int = 1) -> dict[str, Any]:
        function()
        costs = []
        for _ in range(repetitions):
            start = time.process_time()
            for _ in range(BATCH_SIZE):
                function()
            costs.append((time.process_time() - start) / BATCH_SIZE / images * 1e6)
        return row(f"cost of {name}, 224 px", costs, "cpu_us/image")

    yield timed("decoding", lambda: cv2.imdecode(encoded, cv2.IMREAD_COLOR_RGB))
    for transform in AUGMENTATIONS:
        apply = compile_transforms([transform], "train")
        yield timed(transform.type, lambda apply=apply: apply(image, rng))  # type: ignore[misc]
    batch = np.repeat(image[None], BATCH_SIZE, axis=0)
    keys = np.arange(BATCH_SIZE)
    for mixing in (MixUp(), CutMix()):
        yield timed(
            mixing.type,
            lambda mixing=mixing: blend(batch, [mixing], seed=0, epoch=0, keys_N=keys),  # type: ignore[misc]
            images=BATCH_SIZE,
        )


if __name__ == "__main__":
    main()
