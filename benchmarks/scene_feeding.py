"""What annotations cost on the way to a batch, beyond the image alone. CPU microseconds, one thread.

Claims: moving 10 boxes with an upright transform < 60 µs; a batch of images of 224 px with boxes ≥ 0.8 times
as fast as without; filling the outlines of 10 objects at 640 × 480 < 5 ms.

    python benchmarks/scene_feeding.py [--repetitions 31]
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
from peers import row

from netloom.data.annotations import Box, ObjectAnnotation
from netloom.data.apply.compilation import compile_transforms
from netloom.data.apply.scenes import Scene, compile_scene_transforms
from netloom.data.datasets import open_samples
from netloom.data.index import index_table, write_index
from netloom.data.loaders import Loader
from netloom.data.objects import ObjectColumn, Objects, objects_column
from netloom.data.rasterization import label_mask, outlined
from netloom.data.scene_loaders import SceneLoader
from netloom.data.transforms.sizing import RandomCrop, RandomResizedCrop, Resize
from netloom.data.transforms.spatial import Affine, Flip, Perspective
from netloom.data.view import Dataset

SIDE = 224
BATCH_SIZE = 32
CHAINS: dict[str, tuple[Any, ...]] = {
    "flip": (Flip(p=1),),
    "random_crop": (RandomCrop(size=160),),
    "resize": (Resize(size=200, fit="pad"),),
    "affine": (Affine(),),
    "perspective": (Perspective(p=1),),
    "random_resized_crop and flip": (RandomResizedCrop(size=160, scale=(0.4, 1)), Flip()),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repetitions", type=int, default=31)
    options = parser.parse_args()
    cv2.setNumThreads(0)
    for result in moving(options.repetitions):
        print(json.dumps(result))
    for result in rasterizing(options.repetitions):
        print(json.dumps(result))
    with tempfile.TemporaryDirectory() as name:
        for result in feeding(Path(name), options.repetitions):
            print(json.dumps(result))


def annotations(
    seed: int, count: int, *, with_outlines: bool, extent: int
) -> list[ObjectAnnotation]:
    """Objects of a tenth to a third of the side; outlines have 24 corners."""
    rng = np.random.default_rng(seed)
    angles = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    circle = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    found = []
    for _ in range(count):
        radius = rng.uniform(0.05, 0.17, 2) * extent
        middle = rng.uniform(radius, extent - radius)
        ring = tuple((float(x), float(y)) for x, y in middle + circle * radius)
        (left, top), (right, bottom) = middle - radius, middle + radius
        box = Box(float(left), float(top), float(right), float(bottom))
        outlines = (ring,) if with_outlines else ()
        found.append(ObjectAnnotation(box=box, label="any", outlines=outlines))
    return found


def objects(count: int, *, with_outlines: bool, extent: int = SIDE) -> Objects:
    listed = annotations(0, count, with_outlines=with_outlines, extent=extent)
    return ObjectColumn(objects_column([listed], {"any": 0})).at(0)


def cost(function: Callable[[], Any], repetitions: int, calls: int = 50) -> list[float]:
    """CPU microseconds of a call, measured so many times."""
    function()
    costs = []
    for _ in range(repetitions):
        start = time.process_time()
        for _ in range(calls):
            function()
        costs.append((time.process_time() - start) / calls * 1e6)
    return costs


def moving(repetitions: int) -> Iterator[dict[str, Any]]:
    image = np.random.default_rng(0).integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8)
    known = {
        "10 boxes": Scene.of(image, annotated=objects(10, with_outlines=False)),
        "10 outlines": Scene.of(image, annotated=objects(10, with_outlines=True)),
        "a mask": Scene.of(image, mask=image[:, :, 0].copy()),
    }
    for name, chain in CHAINS.items():
        pixels, scenes = (
            compile_transforms(chain, "train"),
            compile_scene_transforms(chain, "train"),
        )
        rng = np.random.default_rng(0)
        alone = cost(lambda pixels=pixels, rng=rng: pixels(image, rng), repetitions)  # type: ignore[misc]
        for what, scene in known.items():
            rng = np.random.default_rng(0)

            def move(scene: Scene = scene, scenes: Any = scenes, rng: Any = rng) -> Any:
                return scenes(scene, rng).objects()

            extra = [both - one for both, one in zip(cost(move, repetitions), alone)]
            yield row(f"{name}, {SIDE} px: {what} beyond the image", extra, "cpu_us")


def rasterizing(repetitions: int) -> Iterator[dict[str, Any]]:
    found = objects(10, with_outlines=True, extent=480)
    mask = label_mask(found, 480, 640, background=0) == 0
    filling = cost(lambda: label_mask(found, 480, 640, background=0), repetitions, calls=5)
    yield row("filling 10 outlines at 640 × 480", filling, "cpu_us")
    tracing = cost(lambda: outlined(mask), repetitions, calls=5)
    yield row("outlining a mask of 640 × 480", tracing, "cpu_us")


def feeding(folder: Path, repetitions: int, num_images: int = 200) -> Iterator[dict[str, Any]]:
    view = written(folder, num_images)
    samples = open_samples(view, lambda location: folder / location.partition(":")[2], part="train")
    settings = {"batch_size": BATCH_SIZE, "shuffle": True, "seed": 0, "cache_mb": 0}
    plain, scenes = Loader(samples, **settings), SceneLoader(samples, **settings)  # type: ignore[arg-type]
    ratios = []
    for epoch in range(repetitions):
        times = []
        for loader in (plain, scenes):
            start = time.process_time()
            for batch in loader.epoch(epoch):
                assert len(batch.indices_N)
            times.append(time.process_time() - start)
        ratios.append(times[0] / times[1])
    yield row(f"JPEG files to {SIDE} px with 10 boxes: rate beside that without", ratios, "")


def written(folder: Path, num_images: int) -> Dataset[Any]:
    """Synthetic photographs of 500 × 375 pixels with ten boxes each."""
    (folder / "images").mkdir()
    names = [f"{number}.jpg" for number in range(num_images)]
    for number, name in enumerate(names):
        coarse = np.random.default_rng(number).integers(0, 256, (24, 32, 3), dtype=np.uint8)
        image = cv2.resize(coarse, (500, 375), interpolation=cv2.INTER_CUBIC)
        (folder / "images" / name).write_bytes(cv2.imencode(".jpg", image)[1].tobytes())
    listed = [annotations(n, 10, with_outlines=False, extent=375) for n in range(num_images)]
    table = index_table(
        ids=names,
        digests=names,
        paths=names,
        parts=["train"] * num_images,
        sizes=[(500, 375)] * num_images,
    )
    table = table.append_column("objects", objects_column(listed, {"any": 0}))
    write_index(folder / "index.parquet", table)
    return Dataset(
        task="object_detection",
        index="work:index.parquet",
        media="work:images",
        media_kind="folder",
        labels=("any",),
        transforms=(Resize(size=SIDE, fit="pad"), Flip()),
    )


if __name__ == "__main__":
    main()
