"""Small data sets, written the way sources write them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from netloom.core.locations import Resolve
from netloom.data.formats.array import write_array_source
from netloom.data.index import index_table, write_index
from netloom.data.view import Dataset

WriteImage = Callable[..., Path]
MakeArray = Callable[..., Dataset[Any]]


@pytest.fixture
def resolve(tmp_path: Path) -> Resolve:
    """``work:`` is the test's folder, ``path:`` is taken as it is."""

    def resolved(location: str) -> Path:
        scheme, _, rest = location.partition(":")
        return tmp_path / rest if scheme == "work" else Path(rest)

    return resolved


@pytest.fixture
def write_image() -> WriteImage:
    """Writes an image of one colour (RGB) or of seeded noise; PNG, or what the name says."""

    def write(
        path: Path,
        *,
        width: int = 8,
        height: int = 6,
        colour: tuple[int, int, int] | None = None,
        seed: int = 0,
    ) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        image = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
        if colour is not None:
            image[:] = colour[::-1]
        encoded = cv2.imencode(path.suffix, image)[1].tobytes()
        path.write_bytes(encoded)
        return path

    return write


@pytest.fixture
def make_array(tmp_path: Path) -> MakeArray:
    """An array source in the test's folder: row ``i`` is filled with level ``i``."""

    def make(
        num_images: int = 10,
        *,
        side: int = 4,
        channels: int = 1,
        labels: list[int | None] | None = None,
        parts: list[str | None] | None = None,
        **changes: Any,
    ) -> Dataset[Any]:
        shape = (num_images, side, side, channels)
        levels = np.arange(num_images, dtype=np.uint8).reshape(-1, 1, 1, 1)
        view = write_array_source(
            tmp_path,
            np.broadcast_to(levels, shape),
            labels if labels is not None else [row % 2 for row in range(num_images)],
            label_names=["even", "odd"],
            ids=[f"image-{row}" for row in range(num_images)],
            parts=parts,
        )
        return replace(view, **changes)

    return make


@pytest.fixture
def make_folder(tmp_path: Path, write_image: WriteImage) -> Callable[..., Dataset[Any]]:
    """A folder source of noise images with the given (width, height) sizes, all in part train."""

    def make(sizes: list[tuple[int, int]], **changes: Any) -> Dataset[Any]:
        names = [f"{number}.png" for number in range(len(sizes))]
        for seed, (name, (width, height)) in enumerate(zip(names, sizes, strict=True)):
            write_image(tmp_path / "pictures" / name, width=width, height=height, seed=seed)
        table = index_table(
            ids=names,
            digests=names,
            paths=names,
            labels=[0] * len(names),
            parts=["train"] * len(names),
            sizes=sizes,
        )
        write_index(tmp_path / "folder.parquet", table)
        view: Dataset[Any] = Dataset(
            task="image_classification",
            index="work:folder.parquet",
            media="work:pictures",
            media_kind="folder",
            labels=("thing",),
        )
        return replace(view, **changes)

    return make


@pytest.fixture
def make_annotated(tmp_path: Path, write_image: WriteImage) -> Callable[..., Dataset[Any]]:
    """A folder source of noise images of one size, and further columns of the index."""

    def make(
        task: str,
        columns: dict[str, Any],
        *,
        labels: tuple[str, ...] = (),
        size: tuple[int, int] = (12, 10),
        **changes: Any,
    ) -> Dataset[Any]:
        names = [f"{number}.png" for number in range(len(next(iter(columns.values()))))]
        for seed, name in enumerate(names):
            write_image(tmp_path / "pictures" / name, width=size[0], height=size[1], seed=seed)
        table = index_table(
            ids=names,
            digests=names,
            paths=names,
            parts=["train"] * len(names),
            sizes=[size] * len(names),
        )
        for name, column in columns.items():
            table = table.append_column(name, column)
        write_index(tmp_path / "annotated.parquet", table)
        view: Dataset[Any] = Dataset(
            task=task,
            index="work:annotated.parquet",
            media="work:pictures",
            media_kind="folder",
            labels=labels,
        )
        return replace(view, **changes)

    return make
