"""What is known about single samples of stored data sets: to draw it, and to list it.

NumPy, Arrow and OpenCV come with it, so that servers import it when somebody looks at such a picture.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from netloom.data.annotated_samples import Annotations, Answer, annotations_of, background_of
from netloom.data.annotated_thumbnail import Known, label_colour
from netloom.data.index_rows import index_row
from netloom.data.objects import Objects
from netloom.data.rasterization import UNKNOWN
from netloom.data.view import Dataset

_MOST_OBJECTS = 500
_MOST_CORNERS = 2000
"""Of one object; longer outlines are thinned out."""


class ListedObject(NamedTuple):
    """An object in words and numbers; coordinates are pixels of the picture.

    Attributes:
        colour: As CSS writes it.
        box: Left, top, right, bottom.
        outlines: Corners of each ring, x and y in turn.
    """

    label: str | None
    text: str | None
    colour: str
    box: tuple[float, ...]
    outlines: list[list[float]]
    is_crowd: bool


class ListedArea(NamedTuple):
    """How much of a picture a label covers, by its mask.

    Attributes:
        label: None for what nobody knows.
        share: 0 to 1.
    """

    label: str | None
    colour: str
    share: float


@dataclass(frozen=True, eq=False)
class StoredAnnotations:
    """What is known about one sample.

    Attributes:
        colours_K3: Red, green and blue of each label.
    """

    view: Dataset[Any]
    annotations: Annotations
    colours_K3: NDArray[np.uint8]

    @property
    def answer(self) -> Answer:
        """What the task learns to give."""
        return self.annotations.answer

    @property
    def is_known(self) -> bool:
        """Whether somebody has annotated the sample."""
        return bool(self.annotations.is_known_N[0])

    @property
    def can_be_drawn(self) -> bool:
        """Whether what is known has a place in the picture."""
        return self.is_known and self.annotations.have_places

    @property
    def text(self) -> str | None:
        """What is written in the picture as a whole."""
        return self.annotations.text(0)

    def known(self) -> Known:
        """What a drawing needs.

        Raises:
            InvalidData: A file with a mask or a counterpart cannot be read.
        """
        height, width = self.annotations.sizes_N2[0].tolist()
        return Known(
            width=width,
            height=height,
            colours_K3=self.colours_K3,
            objects=self._objects(),
            are_areas=self.answer == "mask",
            mask_HW=self._mask(),
            background=-1 if self._background == UNKNOWN else self._background,
            companion=self.annotations.companion(0),
        )

    def objects(self) -> tuple[list[ListedObject], int]:
        """The objects, the largest first, at most five hundred; and how many there are."""
        found = self._objects()
        if found is None:
            return [], 0
        sizes_M = (found.boxes_M4[:, 2:] - found.boxes_M4[:, :2]).prod(axis=1)
        order = np.argsort(-sizes_M, kind="stable")[:_MOST_OBJECTS].tolist()
        return [self._listed(found, place) for place in order], len(found)

    def areas(self) -> list[ListedArea]:
        """Labels in a mask, those that cover most first."""
        mask_HW = self._mask()
        if mask_HW is None:
            return []
        counts = np.bincount(mask_HW.reshape(-1), minlength=UNKNOWN + 1)
        order = [label for label in np.argsort(-counts, kind="stable").tolist() if counts[label]]
        return [
            ListedArea(
                label=None if label == UNKNOWN else self.view.labels[label],
                colour="#969696" if label == UNKNOWN else self._css(label),
                share=float(counts[label] / mask_HW.size),
            )
            for label in order
        ]

    def _listed(self, found: Objects, place: int) -> ListedObject:
        label = int(found.labels_M[place])
        return ListedObject(
            label=None if label < 0 else self.view.labels[label],
            text=found.texts[place],
            colour=self._css(label),
            box=tuple(np.round(found.boxes_M4[place].astype(float), 2).tolist()),
            outlines=[list(_flat(ring)) for ring in found.outlines[place]],
            is_crowd=bool(found.crowd_M[place]),
        )

    def _objects(self) -> Objects | None:
        """Objects, also where they say what a mask would say."""
        column = self.annotations.column
        if column is None or not self.is_known or self.annotations.files[0] is not None:
            return None
        return column.at(0)

    def _mask(self) -> NDArray[np.uint8] | None:
        """A mask that is a file; outlines of objects are drawn as they are."""
        return None if self.annotations.files[0] is None else self.annotations.mask(0)

    @property
    def _background(self) -> int:
        return background_of(self.view.labels)

    def _css(self, label: int) -> str:
        red, green, blue = label_colour(label, self.colours_K3)
        return f"#{red:02x}{green:02x}{blue:02x}"


def stored_annotations(
    view: Dataset[Any], index: str, media: Path, number: int, *, colours_K3: NDArray[np.uint8]
) -> StoredAnnotations | None:
    """What is known about a sample; None if that is its class alone.

    Args:
        index: Path of the list of samples.
        media: Path of the pixels.
        colours_K3: Red, green and blue of each label.

    Raises:
        NotFound: There is no such sample.
        InvalidData: The list cannot be read.
    """
    annotations = annotations_of(view, index_row(index, number), media)
    return None if annotations is None else StoredAnnotations(view, annotations, colours_K3)


def _flat(ring_P2: NDArray[np.float32]) -> Iterator[float]:
    step = -(-len(ring_P2) // _MOST_CORNERS)
    corners: Sequence[float] = ring_P2[:: max(1, step)].reshape(-1).astype(float).tolist()
    return (round(number, 2) for number in corners)
