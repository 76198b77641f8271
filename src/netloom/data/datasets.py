"""Samples of a data set: reads and transforms them one by one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from netloom.core.diagnostics import did_you_mean
from netloom.core.errors import InvalidData, NetloomError
from netloom.core.locations import Resolve
from netloom.data.annotated_samples import Annotations, annotations_of
from netloom.data.apply.companions import Companion
from netloom.data.apply.compilation import acting, compile_transforms, draws
from netloom.data.apply.image_function import Change, ImageFunction
from netloom.data.apply.normalization import normalization
from netloom.data.apply.scenes import Scene, compile_scene_transforms
from netloom.data.functions import Functions, functions_of_project
from netloom.data.images import Image
from netloom.data.index import read_index
from netloom.data.objects import Objects
from netloom.data.readers import ArrayImages, ArrowImages, FolderImages, ImageReader
from netloom.data.transforms.catalogue import Transform
from netloom.data.video_reader import VideoFrames
from netloom.data.view import FRAMES, PARTS, Dataset

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.random import Generator

UNLABELLED = -1


@dataclass(frozen=True)
class Samples:
    """The samples of one part of a data set, in the order of its index.

    Attributes:
        ids: Stable names.
        digests: SHA-256 of each encoded image.
        paths: File of each sample below the media folder; None where the media are one file.
        labels_N: int64 positions in ``label_names``; -1 where there is no label.
        label_names: The label space.
        channels: 1 or 3.
        transforms: Everything the data set asks for, whatever the part.
        part: Which part this is; None for all samples.
        augment: Whether transforms that augment act; only ever true for the training part.
        reader: Where the pixels come from.
        functions: Where the user's own functions come from that transforms name.
        annotations: What is known beyond a class; None for tasks that learn classes.
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
    functions: Functions = field(default_factory=Functions)
    annotations: Annotations | None = None

    def __len__(self) -> int:
        return len(self.ids)

    def read(self, position: int) -> Image:
        """Pixels as stored, before any transform: uint8 HWC.

        Raises:
            InvalidData: The image cannot be read; the diagnostic names its file.
        """
        return self.reader.read(position)

    @property
    def is_array(self) -> bool:
        """Whether pixels are stored as they are, so that reading costs no more than copying."""
        return isinstance(self.reader, ArrayImages)

    def block(self, positions_N: NDArray[np.int64]) -> NDArray[np.uint8]:
        """Pixels of several samples of an array, copied at once: uint8 NHWC.

        Raises:
            InvalidData: The array cannot be read.
            TypeError: The samples are not those of an array.
        """
        if not isinstance(self.reader, ArrayImages):
            raise TypeError("images of several files come one by one")
        return self.reader.block(positions_N)

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

    def objects(self, position: int) -> Objects | None:
        """The objects in a picture, before any transform; None if nobody has looked for them."""
        return self.annotations.objects(position) if self.annotations else None

    def mask(self, position: int) -> NDArray[np.uint8] | None:
        """What each pixel of a picture shows, before any transform: uint8 HW, 255 where unknown."""
        return self.annotations.mask(position) if self.annotations else None

    def companion(self, position: int) -> Companion | None:
        """The picture that should come out, before any transform."""
        return self.annotations.companion(position) if self.annotations else None

    def text(self, position: int) -> str | None:
        """What is written in an image; None if nobody has said so."""
        return self.annotations.text(position) if self.annotations else None

    def read_scene(self, position: int) -> Scene:
        """An image and all that its task needs to know about its places, before any transform.

        Raises:
            InvalidData: Something cannot be read, or does not fit the image.
        """
        image, known = self.read(position), self.annotations
        if known is None:
            return Scene.of(image)
        return Scene.of(
            image,
            annotated=known.objects(position),
            mask=known.mask(position, image.shape),
            companion=known.companion(position, image.shape),
        )

    def scene(self, position: int, rng: Generator | None = None) -> Scene:
        """A sample as it is learned from. For many of them, compile :meth:`scene_stages` once.

        Args:
            rng: What augmentation draws from; needed if this part is augmented.

        Raises:
            InvalidData: As for :meth:`read_scene`; or one of the user's functions is wrong.
        """
        scene = self.read_scene(position)
        for stage in self.scene_stages():
            scene = stage(scene, rng) if stage else scene
        return scene

    def stages(self) -> tuple[ImageFunction | None, ImageFunction | None]:
        """What is done to each image: the part that never changes, then the part that draws.

        The first depends on the sample alone, so its result may be kept from epoch to epoch. None
        stands for nothing to do. The user's own functions are imported here.

        Raises:
            InvalidData: One of them cannot be found or imported.
        """
        part = "train" if self.augment else None
        fixed, drawing = self._divided(part)
        return (
            compile_transforms(fixed, part, self.functions) if fixed else None,
            compile_transforms(drawing, part, self.functions) if drawing else None,
        )

    def scene_stages(self) -> tuple[Change[Scene] | None, Change[Scene] | None]:
        """:meth:`stages` for an image with everything that has a place in it."""
        if self.annotations is not None and not self.annotations.have_places:
            fixed_pixels, drawing_pixels = self.stages()
            return _on_pixels(fixed_pixels), _on_pixels(drawing_pixels)
        part = "train" if self.augment else None
        fixed, drawing = self._divided(part)
        return (
            compile_scene_transforms(fixed, part, self.functions) if fixed else None,
            compile_scene_transforms(drawing, part, self.functions) if drawing else None,
        )

    def _divided(self, part: str | None) -> tuple[tuple[Transform, ...], tuple[Transform, ...]]:
        active = acting(self.transforms, part)
        end = next(
            (place for place, transform in enumerate(active) if draws(transform, part)), len(active)
        )
        return active[:end], active[end:]


def _on_pixels(function: ImageFunction | None) -> Change[Scene] | None:
    """For images whose places do not matter, so that functions may change their size as they like."""
    if function is None:
        return None
    return lambda scene, rng: Scene.of(function(scene.image, rng))


def open_samples(
    view: Dataset[Any],
    resolve: Resolve,
    *,
    part: str | None = None,
    labelled: bool = True,
    augment: bool = True,
    functions: Functions | None = None,
) -> Samples:
    """The samples of a part.

    Args:
        resolve: Turns the view's locations into paths.
        part: ``train``, ``valid``, ``test``, or None for all samples. A part without any
            samples gives an empty result.
        labelled: Refuse samples that have no label, or whatever else the task learns to give.
        augment: False leaves augmentation out of the training part, e.g. to evaluate on it. Other
            parts, and None, are never augmented.
        functions: Where functions come from that the transforms name; None takes them from the project
            folder that ``path:.`` resolves to.

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
    annotations = annotations_of(view, table, resolve(view.media))
    if labelled:
        is_known_N = annotations.is_known_N if annotations else labels_N != UNLABELLED
        if not is_known_N.all():
            raise _unlabelled(table, is_known_N, part, annotations)
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
        functions=functions_of_project(view.transforms, resolve)
        if functions is None
        else functions,
        annotations=annotations,
    )


def _reader(view: Dataset[Any], table: pa.Table, resolve: Resolve) -> ImageReader:
    media = resolve(view.media)
    paths = table["path"].to_pylist()
    if FRAMES in table.column_names and view.media_kind == "folder":
        frames_N = table[FRAMES].fill_null(1).to_numpy().astype(np.int64)
        return VideoFrames(media, paths, frames_N, channels=view.channels)
    if view.media_kind == "folder":
        return FolderImages(media, paths, channels=view.channels)
    rows_N = table["row"].to_numpy().astype(np.int64)
    if view.media_kind == "arrow":
        return ArrowImages(media, paths, rows_N, column=view.media_column, channels=view.channels)
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


def _unlabelled(
    table: pa.Table,
    is_known_N: NDArray[np.bool_],
    part: str | None,
    annotations: Annotations | None,
) -> NetloomError:
    missing = np.flatnonzero(~is_known_N)
    where = f"in part {part}" if part else "in the data set"
    return InvalidData.of(
        f"{len(missing)} of {len(is_known_N)} samples {where} have no "
        f"{annotations.in_words if annotations else 'label'}, "
        f"for instance {table['id'][int(missing[0])].as_py()}",
        code="I015",
        fix="Annotate them, or use a data set whose samples are all annotated"
        if annotations
        else "Label them, or use a data set whose images all have a class",
    )
