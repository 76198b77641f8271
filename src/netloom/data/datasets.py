"""Samples of a data set: reads and transforms them one by one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from netloom.core.diagnostics import did_you_mean
from netloom.core.errors import InvalidData, NetloomError
from netloom.core.locations import Resolve
from netloom.data.apply import ImageFunction, acting, compile_transforms, draws, normalization
from netloom.data.images import ArrayImages, FolderImages, Image, ImageReader
from netloom.data.index import read_index
from netloom.data.transforms import Transform
from netloom.data.view import PARTS, Dataset

if TYPE_CHECKING:
    import pyarrow as pa

UNLABELLED = -1


@dataclass(frozen=True)
class Samples:
    """The samples of one part of a data set, in the order of its index.

    Attributes:
        ids: Stable names.
        digests: SHA-256 of each encoded image.
        paths: File of each sample below the media folder; None for arrays.
        labels_N: int64 positions in ``label_names``; -1 where there is no label.
        label_names: The label space.
        channels: 1 or 3.
        transforms: Everything the data set asks for, whatever the part.
        part: Which part this is; None for all samples.
        augment: Whether transforms that augment act; only ever true for the training part.
        reader: Where the pixels come from.
    """

    ids: Sequence[str]
    digests: Sequence[str]
    paths: Sequence[str | None]
    labels_N: NDArray[np.int64]
    label_names: tuple[str, ...]
    channels: int
    transforms: tuple[Transform, ...]
    part: str | None
    augment: bool
    reader: ImageReader

    def __len__(self) -> int:
        return len(self.ids)

    def read(self, position: int) -> Image:
        """Pixels as stored, before any transform: uint8 HWC.

        Raises:
            InvalidData: The image cannot be read; the diagnostic names its file.
        """
        return self.reader.read(position)

    @property
    def normalization(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Mean and standard deviation of shape (C,) for levels of 0..1; applied by the caller.

        Raises:
            InvalidData: The data set is normalised twice, or for another number of channels.
        """
        return normalization(self.transforms, self.channels)

    def num_per_class(self) -> dict[str, int]:
        """Labelled samples of each class, in the order of the label space."""
        counts = Counter(self.labels_N.tolist())
        return {name: counts[index] for index, name in enumerate(self.label_names)}

    def stages(self) -> tuple[ImageFunction | None, ImageFunction | None]:
        """What is done to each image: the part that never changes, then the part that draws.

        The first depends on the sample alone, so its result may be kept from epoch to epoch. None
        stands for nothing to do.
        """
        part = "train" if self.augment else None
        active = acting(self.transforms, part)
        fixed = next(
            (place for place, transform in enumerate(active) if draws(transform, part)), len(active)
        )
        return (
            compile_transforms(active[:fixed], part) if fixed else None,
            compile_transforms(active[fixed:], part) if fixed < len(active) else None,
        )


def open_samples(
    view: Dataset[Any],
    resolve: Resolve,
    *,
    part: str | None = None,
    labelled: bool = True,
    augment: bool = True,
) -> Samples:
    """The samples of a part.

    Args:
        resolve: Turns the view's locations into paths.
        part: ``train``, ``valid``, ``test``, or None for all samples. A part without any
            samples gives an empty result.
        labelled: Refuse samples that have no label.
        augment: False leaves augmentation out of the training part, e.g. to evaluate on it. Other
            parts, and None, are never augmented.

    Raises:
        InvalidData: The part is none, the index cannot be read or labels are missing.
    """
    if part is not None and part not in PARTS:
        raise InvalidData.of(
            f"there is no part {part!r}",
            code="I014",
            expected=", ".join(PARTS),
            fix=did_you_mean(part, PARTS) or "Name one of them, or none for all samples",
        )
    table = read_index(resolve(view.index))
    if part is not None:
        import pyarrow.compute as pc

        table = table.filter(pc.equal(table["part"], part))
    labels_N = _labels(table, view)
    if labelled and (labels_N == UNLABELLED).any():
        raise _unlabelled(table, labels_N, part)
    return Samples(
        ids=table["id"].to_pylist(),
        digests=table["digest"].to_pylist(),
        paths=table["path"].to_pylist(),
        labels_N=labels_N,
        label_names=view.labels,
        channels=view.channels,
        transforms=view.transforms,
        part=part,
        augment=augment and part == "train",
        reader=_reader(view, table, resolve),
    )


def _reader(view: Dataset[Any], table: pa.Table, resolve: Resolve) -> ImageReader:
    media = resolve(view.media)
    if view.media_kind == "folder":
        return FolderImages(media, table["path"].to_pylist(), channels=view.channels)
    rows_N = table["row"].to_numpy().astype(np.int64)
    return ArrayImages(media, rows_N, channels=view.channels)


def _labels(table: pa.Table, view: Dataset[Any]) -> NDArray[np.int64]:
    labels_N = table["label"].fill_null(UNLABELLED).to_numpy().astype(np.int64)
    if labels_N.max(initial=UNLABELLED) >= len(view.labels):
        raise InvalidData.of(
            "the data set lists a label outside its label space",
            code="I021",
            expected=f"0 to {len(view.labels) - 1}",
            got=str(labels_N.max()),
            fix="Run the source of the data set again",
        )
    return np.ascontiguousarray(labels_N)


def _unlabelled(table: pa.Table, labels_N: NDArray[np.int64], part: str | None) -> NetloomError:
    missing = np.flatnonzero(labels_N == UNLABELLED)
    where = f"in part {part}" if part else "in the data set"
    return InvalidData.of(
        f"{len(missing)} of {len(labels_N)} samples {where} have no label, "
        f"for instance {table['id'][int(missing[0])].as_py()}",
        code="I015",
        fix="Label them, or use a data set whose images all have a class",
    )
