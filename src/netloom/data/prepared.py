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
from netloom.data.apply.object_motion import moved_with_places
from netloom.data.codec import MEDIA_ARRAY
from netloom.data.datasets import Samples, open_samples
from netloom.data.images import Image
from netloom.data.index import INDEX_NAME, read_index, write_index
from netloom.data.objects import OBJECTS, Objects, column_of_objects
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

    Objects are written where they then are. Of those that later transforms cut off, shares count against the
    prepared image.

    Args:
        workdir: Gets ``media.npy`` and ``index.parquet``.
        threads: Images read and transformed at the same time.

    Returns:
        A view of the same samples with the transforms that are left. It gives the same images as the
        one it was made from; an array that needs no preparation is returned as it is.

    Raises:
        InvalidData: There are no images, one cannot be read, or they differ in size; or masks, depths or
            other pictures belong to them.
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
    _check_alone(samples)
    preparation = _Preparation(samples)
    with writing(workdir / MEDIA_ARRAY) as stream:
        _write_pixels(stream, preparation, reporter=reporter, threads=threads)
    table = _of_array(read_index(resolve(view.index)))
    write_index(workdir / INDEX_NAME, preparation.with_objects(table))
    return replace(
        view,
        index=f"work:{INDEX_NAME}",
        media=f"work:{MEDIA_ARRAY}",
        media_kind="array",
        transforms=left,
        applied=(*view.applied, *fixed),
    )


class _Preparation:
    """Prepares samples, and keeps where their objects have gone."""

    def __init__(self, samples: Samples) -> None:
        self.samples = samples
        known = samples.annotations
        self._column = known.column if known and known.answer == "objects" else None
        self._prepare, _ = samples.stages()
        self._prepare_scene, _ = samples.scene_stages()
        self._objects: dict[int, tuple[Objects, list[str | None]]] = {}
        self._extent = (0, 0)

    def image(self, position: int) -> Image:
        """One sample, prepared. Safe for several threads."""
        if self._column is None or self._prepare_scene is None:
            image = self.samples.read(position)
            return self._prepare(image, None) if self._prepare else image
        scene = self._prepare_scene(self.samples.read_scene(position), None)
        if scene.annotated is not None:
            moved, places = moved_with_places(scene.annotated, scene.motion)
            attributes = self._column.attribute_texts(position)
            self._objects[position] = moved, [attributes[place] for place in places.tolist()]
        self._extent = scene.motion.after
        return scene.image

    def with_objects(self, table: pa.Table) -> pa.Table:
        """The index with objects where they are now, in pictures of their present size."""
        import pyarrow as pa

        if self._column is None or self._prepare_scene is None:
            return table
        total = table.num_rows
        height, width = self._extent
        columns = {
            OBJECTS: column_of_objects(self._objects.get(position) for position in range(total)),
            "width": pa.array([width] * total, pa.int32()),
            "height": pa.array([height] * total, pa.int32()),
        }
        for name, column in columns.items():
            table = table.set_column(table.schema.get_field_index(name), name, column)
        return table


def _write_pixels(
    stream: BinaryIO, preparation: _Preparation, *, reporter: Reporter, threads: int
) -> None:
    shape: tuple[int, ...] = ()
    samples = preparation.samples
    for place, image in enumerate(_prepared(preparation, reporter=reporter, threads=threads)):
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


def _prepared(preparation: _Preparation, *, reporter: Reporter, threads: int) -> Iterator[Image]:
    read = preparation.image
    total, first = len(preparation.samples), 1
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


def _check_alone(samples: Samples) -> None:
    """Refuse what would have to be prepared together with the images, and is kept in files of its own."""
    known = samples.annotations
    if known is None or known.answer in ("objects", "text") or not known.is_known_N.any():
        return
    raise InvalidData.of(
        f"images that have a {known.in_words} cannot be prepared",
        code="I435",
        expected="images that are known by a class, a text or objects",
        got=f"{int(known.is_known_N.sum())} of {len(samples)} with a {known.in_words}",
        fix="Leave image.cache out: a training reads small data sets once and keeps them in memory",
    )


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
