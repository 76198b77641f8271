"""What is known about samples beyond a class: objects, masks, pictures that should come out, texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from netloom.core import tasks
from netloom.core.errors import InvalidData
from netloom.data.annotation_files import (
    check_extent,
    read_depth,
    read_mask,
    read_normals,
    read_picture,
)
from netloom.data.apply.companions import Companion
from netloom.data.codec import COMPANIONS_ARRAY
from netloom.data.objects import BACKGROUND, OBJECTS, ObjectColumn, Objects
from netloom.data.paired_arrays import PairedArray
from netloom.data.rasterization import UNKNOWN, label_mask
from netloom.data.view import Dataset

if TYPE_CHECKING:
    import pyarrow as pa

Answer = Literal["objects", "mask", "picture", "depth", "normals", "text"]
"""What a task learns to give."""

ANSWERS: dict[str, Answer] = {
    tasks.ObjectDetection.name: "objects",
    tasks.TextDetection.name: "objects",
    tasks.SemanticSegmentation.name: "mask",
    tasks.ImageEnhancement.name: "picture",
    tasks.DepthEstimation.name: "depth",
    tasks.NormalEstimation.name: "normals",
    tasks.TextRecognition.name: "text",
}
"""By the name of the task; all others have a class."""

_IN_WORDS: dict[Answer, str] = {
    "objects": "annotated objects",
    "mask": "mask",
    "picture": "target picture",
    "depth": "depth map",
    "normals": "map of normals",
    "text": "text",
}


@dataclass(frozen=True, eq=False)
class Annotations:
    """What is known about the samples of a part, by position.

    Attributes:
        answer: What the task of the data set learns to give; only that is there.
        is_known_N: Whether somebody has annotated each sample.
        ids: Of the samples, for messages.
        label_names: The label space.
        channels: Of the images.
        media: The folder that files are below.
        sizes_N2: Height and width of each picture, as the index says.
        column: Objects of each sample.
        files: Mask or target of each sample below ``media``.
        units_N: What the levels of each depth map are multiplied by.
        texts: What is written in each image.
        numbers_K: Position of each label in another label space; None keeps them as they are.
        paired: Masks or targets of prepared images, in place of those files.
    """

    answer: Answer
    is_known_N: NDArray[np.bool_]
    ids: Sequence[str]
    label_names: tuple[str, ...]
    channels: int
    media: Path
    sizes_N2: NDArray[np.int64]
    column: ObjectColumn | None
    files: Sequence[str | None]
    units_N: NDArray[np.float64]
    texts: Sequence[str | None]
    numbers_K: NDArray[np.int64] | None = None
    paired: PairedArray | None = None

    @property
    def in_words(self) -> str:
        """What an annotated sample has."""
        return _IN_WORDS[self.answer]

    @property
    def have_places(self) -> bool:
        """Whether it matters where in an image something is."""
        return self.answer != "text"

    def objects(self, position: int) -> Objects | None:
        """The objects in a picture; None if nobody has looked for them, or the task does not."""
        if self.column is None or self.answer != "objects" or not self.is_known_N[position]:
            return None
        found = self.column.at(position)
        if self.numbers_K is None:
            return found
        # The extra place at the end answers to -1, "no label".
        return replace(found, labels_M=np.append(self.numbers_K, -1)[found.labels_M])

    def renumbered(self, numbers_K: NDArray[np.int64]) -> Annotations:
        """The same with the numbers of another label space.

        Args:
            numbers_K: Position there of each label.
        """
        before_K = self.numbers_K
        return replace(self, numbers_K=numbers_K if before_K is None else numbers_K[before_K])

    def mask(
        self, position: int, extent: tuple[int, ...] | None = None
    ) -> NDArray[np.uint8] | None:
        """What each pixel shows: uint8 HW, 255 where unknown; None if nobody has said so.

        Without a picture of the mask, outlines of objects are filled. What no object covers is the background
        if the label space starts with one, and unknown otherwise.

        Args:
            extent: Height and width of the picture; None takes them from the index.

        Raises:
            InvalidData: The file cannot be read or does not fit the picture.
        """
        if self.answer != "mask" or not self.is_known_N[position]:
            return None
        expected = tuple(self.sizes_N2[position].tolist()) if extent is None else extent[:2]
        mask = self._own_mask(position, expected)
        if self.numbers_K is None:
            return mask
        levels = np.full(UNKNOWN + 1, UNKNOWN, np.uint8)
        levels[: len(self.numbers_K)] = self.numbers_K
        return levels[mask]

    def _own_mask(self, position: int, expected: tuple[int, ...]) -> NDArray[np.uint8]:
        path = self.files[position]
        if self.paired is not None:
            mask = self.paired.read(position)[:, :, 0]
            check_extent("mask", str(path), mask.shape, expected, self.ids[position])
            return mask
        if path is not None:
            mask = read_mask(self.media, path, num_labels=len(self.label_names))
            check_extent("mask", path, mask.shape, expected, self.ids[position])
            return mask
        assert self.column is not None  # without a file, objects are how the sample is known
        return label_mask(
            self.column.at(position), *expected, background=background_of(self.label_names)
        )

    def companion(self, position: int, extent: tuple[int, ...] | None = None) -> Companion | None:
        """The target picture, depth map or map of normals; None if there is none.

        Args:
            extent: Height and width of the picture; None takes them from the index.

        Raises:
            InvalidData: The file cannot be read or does not fit the picture.
        """
        path = self.files[position]
        match self.answer:
            case "picture" | "depth" | "normals" if path is not None:
                companion = Companion(self.answer, self._companion_pixels(path, position))
            case _:
                return None
        expected = tuple(self.sizes_N2[position].tolist()) if extent is None else extent
        check_extent(self.in_words, path, companion.pixels.shape, expected, self.ids[position])
        return companion

    def text(self, position: int) -> str | None:
        """What is written in an image; None if nobody has said so."""
        return self.texts[position]

    def _companion_pixels(self, path: str, position: int) -> NDArray[Any]:
        if self.paired is not None:
            return self.paired.read(position)
        match self.answer:
            case "depth":
                return read_depth(self.media, path, unit=float(self.units_N[position]))
            case "normals":
                return read_normals(self.media, path)
            case _:
                return read_picture(self.media, path, channels=self.channels)


def annotations_of(view: Dataset[Any], table: pa.Table, media: Path) -> Annotations | None:
    """What an index says about its samples; None if all there is to know is their class.

    Args:
        media: Path of the view's pixels.

    Raises:
        InvalidData: There are masks or targets, but no folder that they could be in.
    """
    answer = ANSWERS.get(view.task)
    if answer is None:
        return None
    files = _texts(table, "mask" if answer == "mask" else "target")
    if answer in ("objects", "text"):
        files = [None] * len(table)
    has_files = any(path is not None for path in files)
    paired = _paired(view, table, media) if has_files else None
    if has_files and paired is None and view.media_kind != "folder":
        raise InvalidData.of(
            f"files with a {_IN_WORDS[answer]} lie beside image files, and these images are in none",
            code="I434",
            fix="Use the data set as its source lists it",
        )
    texts = _texts(table, "text") if answer == "text" else [None] * len(table)
    column = None
    is_known_N = np.array(
        [path is not None or text is not None for path, text in zip(files, texts)], np.bool_
    )
    if answer in ("objects", "mask") and OBJECTS in table.column_names:
        column = ObjectColumn(table[OBJECTS])
        is_known_N = is_known_N | table[OBJECTS].is_valid().to_numpy()
    return Annotations(
        answer=answer,
        is_known_N=is_known_N.astype(np.bool_),
        ids=table["id"].to_pylist(),
        label_names=view.labels,
        channels=view.channels,
        media=media,
        sizes_N2=np.stack(
            [_numbers(table, "height", 0), _numbers(table, "width", 0)], axis=1
        ).astype(np.int64),
        column=column,
        files=files,
        units_N=_numbers(table, "unit", 1.0),
        texts=texts,
        paired=paired,
    )


def _paired(view: Dataset[Any], table: pa.Table, media: Path) -> PairedArray | None:
    """What was prepared together with the images of an array."""
    file = media.with_name(COMPANIONS_ARRAY)
    if view.media_kind != "array" or not file.is_file():
        return None
    return PairedArray(file, table["row"].to_numpy().astype(np.int64))


def background_of(label_names: Sequence[str]) -> int:
    """Level of pixels that no object covers.

    >>> background_of(["background", "cat"]), background_of(["road", "sky"])
    (0, 255)
    """
    return 0 if label_names and label_names[0].lower() == BACKGROUND else UNKNOWN


def _texts(table: pa.Table, name: str) -> list[str | None]:
    if name not in table.column_names:
        return [None] * len(table)
    listed: list[str | None] = table[name].to_pylist()
    return listed


def _numbers(table: pa.Table, name: str, otherwise: float) -> NDArray[np.float64]:
    if name not in table.column_names:
        return np.full(len(table), otherwise)
    numbers: NDArray[np.float64] = table[name].fill_null(otherwise).to_numpy().astype(np.float64)
    return numbers
