"""Prepared images: what never changes is done once, and the pixels are kept in one array."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from netloom.core.errors import InvalidData
from netloom.core.files import writing
from netloom.core.locations import Resolve
from netloom.core.reporter import Reporter
from netloom.core.tasks import TaskT
from netloom.data.codec import MEDIA_ARRAY
from netloom.data.datasets import Samples, open_samples
from netloom.data.images import Image
from netloom.data.index import INDEX_NAME, read_index, write_index
from netloom.data.transforms.catalogue import Transform
from netloom.data.view import Dataset

if TYPE_CHECKING:
    import pyarrow as pa

_BLOCK = 256
_BLOCK_BYTES = 64 << 20


def divided(
    transforms: Iterable[Transform],
) -> tuple[tuple[Transform, ...], tuple[Transform, ...]]:
    """What can be done once for all epochs and parts, and what is left to do for each reading.

    >>> from netloom.data.transforms.normalization import Normalize
    >>> from netloom.data.transforms.sizing import CenterCrop, Resize
    >>> from netloom.data.transforms.spatial import Flip
    >>> fixed, left = divided([Normalize(), Resize(size=9), Flip(), CenterCrop(size=8)])
    >>> len(fixed), len(left)
    (1, 3)
    """
    fixed: list[Transform] = []
    left: list[Transform] = []
    is_fixed = True
    for transform in transforms:
        is_fixed = is_fixed and (transform.is_for_batches or not transform.is_random)
        (fixed if is_fixed and not transform.is_for_batches else left).append(transform)
    return tuple(fixed), tuple(left)


def write_prepared(
    view: Dataset[TaskT],
    workdir: Path,
    *,
    resolve: Resolve,
    reporter: Reporter,
    threads: int = 1,
) -> Dataset[TaskT]:
    """Write the pixels of all samples after every transform up to the first random one.

    Args:
        workdir: Gets ``media.npy`` and ``index.parquet``.
        threads: Images read and transformed at the same time.

    Returns:
        A view of the same samples with the transforms that are left. It gives the same images as the
        one it was made from; an array that needs no preparation is returned as it is.

    Raises:
        InvalidData: There are no images, one cannot be read, or they differ in size.
        StorageFailed: The disk is full.

    >>> import tempfile
    >>> from netloom.core.reporter import SilentReporter
    >>> from netloom.data.formats.digits import write_digits
    >>> from netloom.data.transforms.sizing import Resize
    >>> source, target = (Path(tempfile.mkdtemp()) for _ in range(2))
    >>> prepared = write_prepared(
    ...     write_digits(source).with_transform(Resize(size=4)),
    ...     target,
    ...     resolve=lambda location: source / location[5:],
    ...     reporter=SilentReporter(target),
    ... )
    >>> np.load(target / "media.npy", mmap_mode="r").shape
    (1797, 4, 4, 1)
    """
    fixed, left = divided(view.transforms)
    if view.media_kind == "array" and not fixed:
        reporter.note("the images are kept as pixels already, so there is nothing to prepare")
        return view
    samples = open_samples(replace(view, transforms=fixed), resolve, labelled=False, augment=False)
    if not len(samples):
        raise InvalidData.of(
            "there are no images to prepare", code="I360", fix="Connect a data set with images"
        )
    with writing(workdir / MEDIA_ARRAY) as stream:
        _write_pixels(stream, samples, reporter=reporter, threads=threads)
    table = read_index(resolve(view.index))
    write_index(workdir / INDEX_NAME, _of_array(table))
    return replace(
        view,
        index=f"work:{INDEX_NAME}",
        media=f"work:{MEDIA_ARRAY}",
        media_kind="array",
        transforms=left,
        applied=(*view.applied, *fixed),
    )


def _write_pixels(stream: BinaryIO, samples: Samples, *, reporter: Reporter, threads: int) -> None:
    shape: tuple[int, ...] = ()
    for place, image in enumerate(_prepared(samples, reporter=reporter, threads=threads)):
        if not shape:
            shape = image.shape
            _start_array(stream, (len(samples), *shape))
        if image.shape != shape:
            raise _different_sizes(samples, shape, image.shape, place)
        stream.write(np.ascontiguousarray(image).data)


def _start_array(stream: BinaryIO, shape: tuple[int, ...]) -> None:
    description = {"descr": "|u1", "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(stream, description)
    stream.flush()
    if sys.platform == "linux":  # a full disk is better known now than after hours
        os.posix_fallocate(stream.fileno(), 0, stream.tell() + int(np.prod(shape)))


def _prepared(samples: Samples, *, reporter: Reporter, threads: int) -> Iterator[Image]:
    prepare, _ = samples.stages()

    def read(position: int) -> Image:
        image = samples.read(position)
        return prepare(image, None) if prepare else image

    total, first = len(samples), 1
    image = read(0)
    yield image
    block = max(threads, min(_BLOCK, _BLOCK_BYTES // image.nbytes))
    with ThreadPoolExecutor(threads) as pool:
        while first < total:
            positions = range(first, min(first + block, total))
            yield from map(read, positions) if threads == 1 else pool.map(read, positions)
            first = positions.stop
            reporter.progress(first, total, unit="image")


def _of_array(table: pa.Table) -> pa.Table:
    """The same samples, each in the row of its position. What identifies them stays."""
    import pyarrow as pa

    rows = pa.array(range(table.num_rows), pa.int64())
    for name, column in (("row", rows), ("path", pa.nulls(table.num_rows, pa.string()))):
        table = table.set_column(table.schema.get_field_index(name), name, column)
    return table


def _different_sizes(
    samples: Samples, first: tuple[int, ...], other: tuple[int, ...], place: int
) -> InvalidData:
    return InvalidData.of(
        "images to be kept together differ in size",
        code="I361",
        expected="one size (width×height)",
        got=f"{first[1]}×{first[0]} ({samples.ids[0]}) and {other[1]}×{other[0]} ({samples.ids[place]})",
        fix="Put image.resize before image.cache",
    )
