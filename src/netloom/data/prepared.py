"""Prepared images: what never changes is done once, and the pixels are kept in one array."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from netloom.core.errors import InvalidData
from netloom.core.files import writing
from netloom.core.locations import Resolve
from netloom.core.reporter import Reporter
from netloom.core.tasks import TaskT
from netloom.data.apply.object_motion import moved_with_places
from netloom.data.codec import COMPANIONS_ARRAY, MEDIA_ARRAY
from netloom.data.datasets import Samples, open_samples
from netloom.data.images import Image
from netloom.data.index import INDEX_NAME, read_index, write_index
from netloom.data.objects import OBJECTS, Objects, column_of_objects
from netloom.data.rasterization import UNKNOWN
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

    Objects, masks and targets are written where they then are. Of objects that later transforms cut off,
    shares count against the prepared image, and predictions have its places.

    Args:
        workdir: Gets ``media.npy`` and ``index.parquet``, and ``companions.npy`` if the images have masks,
            depths or other pictures.
        threads: Images read and transformed at the same time.

    Returns:
        A view of the same samples with the transforms that are left. It gives the same images as the
        one it was made from; an array that needs no preparation is returned as it is.

    Raises:
        InvalidData: There are no images, something cannot be read, or images differ in size.
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
    preparation = _Preparation(samples)
    with ExitStack() as files:
        stream = files.enter_context(writing(workdir / MEDIA_ARRAY))
        beside = None
        if preparation.has_companions:
            beside = files.enter_context(writing(workdir / COMPANIONS_ARRAY))
        _write_pixels(stream, beside, preparation, reporter=reporter, threads=threads)
    table = _of_array(read_index(resolve(view.index)))
    write_index(workdir / INDEX_NAME, preparation.with_places(table))
    return replace(
        view,
        index=f"work:{INDEX_NAME}",
        media=f"work:{MEDIA_ARRAY}",
        media_kind="array",
        transforms=left,
        applied=(*view.applied, *fixed),
    )


class _Sample(NamedTuple):
    """A prepared image, and what belongs to it pixel by pixel, HWC."""

    image: Image
    companion: NDArray[Any] | None


class _Preparation:
    """Prepares samples, and keeps where their objects have gone."""

    def __init__(self, samples: Samples) -> None:
        self.samples = samples
        known = samples.annotations
        self._answer = known.answer if known else None
        self._column = known.column if known and known.answer == "objects" else None
        self._prepare, _ = samples.stages()
        self._prepare_scene, _ = samples.scene_stages()
        self._objects: dict[int, tuple[Objects, list[str | None]]] = {}
        self._extent = (0, 0)

    @property
    def has_companions(self) -> bool:
        """Whether masks, depths or other pictures belong to any of the images."""
        known = self.samples.annotations
        return (
            known is not None
            and self._answer not in ("objects", "text")
            and bool(known.is_known_N.any())
        )

    def sample(self, position: int) -> _Sample:
        """One sample, prepared. Safe for several threads."""
        if self.has_companions:
            return self._with_companion(position)
        if self._column is None or self._prepare_scene is None:
            image = self.samples.read(position)
            return _Sample(self._prepare(image, None) if self._prepare else image, None)
        scene = self._prepare_scene(self.samples.read_scene(position), None)
        if scene.annotated is not None:
            moved, places = moved_with_places(scene.annotated, scene.motion)
            attributes = self._column.attribute_texts(position)
            self._objects[position] = moved, [attributes[place] for place in places.tolist()]
        self._extent = scene.motion.after
        return _Sample(scene.image, None)

    def _with_companion(self, position: int) -> _Sample:
        scene = self.samples.read_scene(position)
        if self._prepare_scene is not None:
            scene = self._prepare_scene(scene, None)
        self._extent = scene.motion.after
        if scene.companion is not None:
            return _Sample(scene.image, scene.companion.pixels)
        return _Sample(scene.image, None if scene.mask is None else scene.mask[:, :, None])

    def unknown(self, image: Image) -> NDArray[Any]:
        """What stands beside an image of which nobody knows anything."""
        height, width, channels = image.shape
        match self._answer:
            case "mask":
                return np.full((height, width, 1), UNKNOWN, np.uint8)
            case "depth":
                return np.zeros((height, width, 1), np.float32)
            case "normals":
                return np.zeros((height, width, 3), np.float32)
            case _:
                return np.zeros((height, width, channels), np.uint8)

    def with_places(self, table: pa.Table) -> pa.Table:
        """The index with everything where it is now, in pictures of their present size."""
        import pyarrow as pa

        if self._extent == (0, 0):  # nothing had a place
            return table
        total = table.num_rows
        height, width = self._extent
        columns = {
            "width": pa.array([width] * total, pa.int32()),
            "height": pa.array([height] * total, pa.int32()),
        }
        if self._column is not None:
            objects = (self._objects.get(position) for position in range(total))
            columns[OBJECTS] = column_of_objects(objects)
        for name, column in columns.items():
            table = table.set_column(table.schema.get_field_index(name), name, column)
        return self._as_masks(table) if self._answer == "mask" else table

    def _as_masks(self, table: pa.Table) -> pa.Table:
        """Objects have become masks; one that is from no file has the name of its sample."""
        import pyarrow as pa

        known = self.samples.annotations
        assert known is not None
        names = [
            (file or sample) if is_known else None
            for file, sample, is_known in zip(known.files, known.ids, known.is_known_N.tolist())
        ]
        dropped = [name for name in ("mask", OBJECTS) if name in table.column_names]
        return table.drop_columns(dropped).append_column("mask", pa.array(names, pa.string()))


def _write_pixels(
    stream: BinaryIO,
    beside: BinaryIO | None,
    preparation: _Preparation,
    *,
    reporter: Reporter,
    threads: int,
) -> None:
    shape: tuple[int, ...] = ()
    samples = preparation.samples
    for place, sample in enumerate(_prepared(preparation, reporter=reporter, threads=threads)):
        image, companion = sample
        if beside is not None and companion is None:
            companion = preparation.unknown(image)
        if not shape:
            shape = image.shape
            _start_array(stream, (len(samples), *shape), image.dtype)
            if beside is not None and companion is not None:
                _start_array(beside, (len(samples), *companion.shape), companion.dtype)
        if image.shape != shape:
            raise _different_sizes(samples, shape, image.shape, place)
        stream.write(np.ascontiguousarray(image).data)
        if beside is not None and companion is not None:
            beside.write(np.ascontiguousarray(companion).data)


def _start_array(stream: BinaryIO, shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
    description = {
        "descr": np.lib.format.dtype_to_descr(dtype),
        "fortran_order": False,
        "shape": shape,
    }
    np.lib.format.write_array_header_1_0(stream, description)
    stream.flush()
    if sys.platform == "linux":  # a full disk is better known now than after hours
        os.posix_fallocate(stream.fileno(), 0, stream.tell() + int(np.prod(shape)) * dtype.itemsize)


def _prepared(preparation: _Preparation, *, reporter: Reporter, threads: int) -> Iterator[_Sample]:
    read = preparation.sample
    total, first = len(preparation.samples), 1
    sample = read(0)
    yield sample
    num_bytes = sum(array.nbytes for array in sample if array is not None)
    block = max(threads, min(_BLOCK, _BLOCK_BYTES // num_bytes))
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
