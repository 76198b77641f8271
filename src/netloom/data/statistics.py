"""What a data set consists of, measured before anything is trained on it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from netloom.core.locations import Resolve
from netloom.core.reporter import Reporter
from netloom.data.datasets import UNLABELLED, Samples, open_samples
from netloom.data.duplicates import Group, exact_groups, near_groups
from netloom.data.images import Image
from netloom.data.index import read_index
from netloom.data.object_table import ObjectTable, classes_of_samples, classes_shown
from netloom.data.perceptual_hash import HEIGHT, WIDTH, tiny_picture
from netloom.data.rasterization import UNKNOWN
from netloom.data.view import Dataset

if TYPE_CHECKING:
    import pyarrow as pa

_BATCH = 256
_HELD_OUT = {"valid": ("train",), "test": ("train", "valid")}
"""Parts that must not share pictures with those before them."""


@dataclass(frozen=True, slots=True)
class Levels:
    """Brightness of images as stored, on a scale of 0 to 1; each image counts the same.

    Attributes:
        mean: One for each channel.
        std: Standard deviation over all pixels, one for each channel.
    """

    mean: tuple[float, ...]
    std: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class DatasetStatistics:
    """A data set in numbers. Positions count in the order of its index.

    Attributes:
        labels_N: int64 position in ``label_names`` of each sample; -1 without label. Of several objects the
            rarest counts.
        parts: Of each sample; None without part.
        widths_N: Pixels.
        heights_N: Pixels.
        looked_at: Samples whose pixels were read, for levels and near duplicates.
        copies: Groups that are equal to the byte.
        lookalikes: Groups of near duplicates.
        conflicts: Groups whose samples have different labels.
        leaks: For each held-out part, samples that also occur (or nearly) in a part before it.
        tiny: Samples with a side below ``tiny_px``.
        shown_S2: Rows (sample, class) if samples may show several classes; None if they have one each.
        is_known_N: Which samples somebody has annotated; None if that is the same as having a label.
    """

    ids: Sequence[str]
    label_names: tuple[str, ...]
    labels_N: NDArray[np.int64]
    parts: Sequence[str | None]
    widths_N: NDArray[np.int64]
    heights_N: NDArray[np.int64]
    looked_at: NDArray[np.int64]
    levels: Levels
    copies: tuple[Group, ...]
    lookalikes: tuple[Group, ...]
    conflicts: tuple[Group, ...]
    leaks: dict[str, tuple[int, ...]]
    tiny: tuple[int, ...]
    tiny_px: int
    shown_S2: NDArray[np.int64] | None = None
    is_known_N: NDArray[np.bool_] | None = None

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def num_unlabelled(self) -> int:
        """Samples without a label, or without whatever else they should be annotated with."""
        if self.is_known_N is not None:
            return int((~self.is_known_N).sum())
        return int((self.labels_N == UNLABELLED).sum())

    def num_per_class(self, part: str | None = None) -> list[int]:
        """Samples that are of each class, or show it, in a part or in all."""
        pairs = (
            enumerate(self.labels_N.tolist()) if self.shown_S2 is None else self.shown_S2.tolist()
        )
        counts = Counter(
            label for sample, label in pairs if part is None or self.parts[sample] == part
        )
        return [counts[label] for label in range(len(self.label_names))]


def measure_dataset(
    view: Dataset[Any],
    resolve: Resolve,
    *,
    reporter: Reporter,
    sample: int = 50_000,
    most_bits: int | None = 3,
    tiny_px: int = 16,
    seed: int = 0,
    threads: int = 1,
) -> DatasetStatistics:
    """Read the index and the pixels of a data set, before any transform.

    Args:
        sample: At most so many images are read; of more, so many drawn at random.
        most_bits: In how many of 64 bits the perceptual hashes of near duplicates may differ; None does
            not look for them.
        tiny_px: Images with a side below count as tiny.
        threads: Images read and decoded at the same time.

    Raises:
        InvalidData: The index or an image cannot be read.
    """
    table = read_index(resolve(view.index))
    samples = open_samples(view, resolve, labelled=False)
    looked_at = _chosen(len(samples), sample, seed)
    pictures_N893, levels = _look(samples, looked_at, reporter=reporter, threads=threads)
    found = measured(
        ids=samples.ids,
        digests=samples.digests,
        label_names=samples.label_names,
        labels_N=classes_of_samples(table),
        parts=table["part"].to_pylist(),
        widths_N=table["width"].to_numpy().astype(np.int64),
        heights_N=table["height"].to_numpy().astype(np.int64),
        looked_at=looked_at,
        pictures_N893=pictures_N893,
        levels=levels,
        most_bits=most_bits,
        tiny_px=tiny_px,
    )
    if samples.annotations is None:
        return found
    shown_S2 = _classes_shown(samples, table, threads=threads)
    return replace(found, shown_S2=shown_S2, is_known_N=samples.annotations.is_known_N)


def measured(
    *,
    ids: Sequence[str],
    digests: Sequence[str],
    label_names: tuple[str, ...],
    labels_N: NDArray[np.int64],
    parts: Sequence[str | None],
    widths_N: NDArray[np.int64],
    heights_N: NDArray[np.int64],
    looked_at: NDArray[np.int64],
    pictures_N893: NDArray[np.uint8],
    levels: Levels,
    most_bits: int | None = 3,
    tiny_px: int = 16,
) -> DatasetStatistics:
    """Statistics of samples whose pixels were looked at, whoever read them.

    Args:
        digests: Of the encoded images.
        looked_at: Positions of the samples that ``pictures_N893`` and ``levels`` are of.
        pictures_N893: Of :func:`netloom.data.perceptual_hash.tiny_picture`.
    """
    copies = exact_groups(digests)
    lookalikes = []
    if most_bits is not None:
        seen = [digests[position] for position in looked_at]
        lookalikes = [
            Group(tuple(looked_at[list(group.positions)].tolist()), False)
            for group in near_groups(pictures_N893, seen, most_bits=most_bits)
        ]
    return DatasetStatistics(
        ids=ids,
        label_names=label_names,
        labels_N=labels_N,
        parts=parts,
        widths_N=widths_N,
        heights_N=heights_N,
        looked_at=looked_at,
        levels=levels,
        copies=tuple(copies),
        lookalikes=tuple(lookalikes),
        conflicts=tuple(_conflicts(copies, lookalikes, labels_N)),
        leaks=_leaks([*copies, *lookalikes], parts),
        tiny=tuple(np.flatnonzero(np.minimum(widths_N, heights_N) < tiny_px).tolist()),
        tiny_px=tiny_px,
    )


def _classes_shown(samples: Samples, table: pa.Table, *, threads: int) -> NDArray[np.int64]:
    """Rows (sample, class): what objects say, or the pixels of masks."""
    assert samples.annotations is not None
    if samples.annotations.answer != "mask":
        objects = ObjectTable.of(table)
        return np.zeros((0, 2), np.int64) if objects is None else classes_shown(objects)

    def look(position: int) -> NDArray[np.int64]:
        mask_HW = samples.mask(position)
        assert mask_HW is not None  # only samples that have one are looked at
        levels = np.bincount(mask_HW.ravel(), minlength=UNKNOWN + 1)[:UNKNOWN].nonzero()[0]
        return np.stack([np.full(len(levels), position), levels], axis=1)

    positions = np.flatnonzero(samples.annotations.is_known_N).tolist()
    with ThreadPoolExecutor(threads) as pool:
        return np.concatenate([np.zeros((0, 2), np.int64), *pool.map(look, positions)])


def _chosen(total: int, most: int, seed: int) -> NDArray[np.int64]:
    if total <= most:
        return np.arange(total)
    return np.sort(np.random.default_rng(seed).choice(total, most, replace=False))


def _look(
    samples: Samples, positions: NDArray[np.int64], *, reporter: Reporter, threads: int
) -> tuple[NDArray[np.uint8], Levels]:
    """Tiny pictures of the images and their levels, in one pass."""

    def look(position: int) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
        image = samples.read(position)
        return tiny_picture(image), moments_of(image)

    pictures_N893 = np.empty((len(positions), HEIGHT, WIDTH, 3), np.uint8)
    moments = np.zeros((2, samples.channels))
    with ThreadPoolExecutor(threads) as pool:
        run: Callable[..., Iterator[Any]] = map if threads == 1 else pool.map
        for first in range(0, len(positions), _BATCH):
            batch = positions[first : first + _BATCH].tolist()
            for place, (picture, moment) in enumerate(run(look, batch), start=first):
                pictures_N893[place] = picture
                moments += moment
            reporter.progress(first + len(batch), len(positions), unit="image")
    return pictures_N893, levels_of(moments, len(positions))


def moments_of(image: Image) -> NDArray[np.float64]:
    """Mean of each channel and of its square on a scale of 0 to 1, float64 of shape (2, channels)."""
    mean, std = (moment[:, 0] / 255 for moment in cv2.meanStdDev(image))
    return np.stack([mean, np.square(mean) + np.square(std)])


def levels_of(moments: NDArray[np.float64], num_images: int) -> Levels:
    """Levels of many images from the sum of their moments.

    >>> levels_of(moments_of(np.uint8([[[0], [255]]])), 1)
    Levels(mean=(0.5,), std=(0.5,))
    """
    mean, square = moments / max(1, num_images)
    std = np.sqrt(np.maximum(square - np.square(mean), 0))
    return Levels(tuple(mean.tolist()), tuple(std.tolist()))


def _conflicts(
    copies: Sequence[Group], lookalikes: Sequence[Group], labels_N: NDArray[np.int64]
) -> Iterator[Group]:
    covered = {position for group in lookalikes for position in group.positions}
    apart = [group for group in copies if not covered.issuperset(group.positions)]
    for group in (*apart, *lookalikes):
        labels = set(labels_N[list(group.positions)].tolist()) - {UNLABELLED}
        if len(labels) > 1:
            yield group


def _leaks(groups: Sequence[Group], parts: Sequence[str | None]) -> dict[str, tuple[int, ...]]:
    leaks: dict[str, set[int]] = {part: set() for part in _HELD_OUT if part in parts}
    for group in groups:
        present = {parts[position] for position in group.positions}
        for part, found in leaks.items():
            if present.intersection(_HELD_OUT[part]):
                found.update(position for position in group.positions if parts[position] == part)
    return {part: tuple(sorted(found)) for part, found in leaks.items()}
