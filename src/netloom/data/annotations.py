"""What people say about an image: its class, the objects in it, its text, the picture it should become.

These are the values that dataset formats read and write. Coordinates are pixels, x to the right and y down,
with the origin in the corner of the image: a picture of width W spans 0..W, and pixel (column, row) covers
column..column + 1 and row..row + 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from netloom.core.diagnostics import Place
from netloom.data.view import Part

Ring = tuple[tuple[float, float], ...]
"""Corners (x, y) of a closed line, clockwise as seen on screen; the first is not repeated."""


class Box(NamedTuple):
    """A rectangle along the axes.

    >>> Box(2, 3, 12, 7).area
    40
    """

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        """Negative if the sides are exchanged."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """Negative if the sides are exchanged."""
        return self.bottom - self.top

    @property
    def area(self) -> float:
        """Square pixels."""
        return self.width * self.height

    @property
    def ring(self) -> Ring:
        """The four corners, clockwise from the top left one."""
        return (
            (self.left, self.top),
            (self.right, self.top),
            (self.right, self.bottom),
            (self.left, self.bottom),
        )


def box_around(rings: tuple[Ring, ...]) -> Box:
    """The smallest box that holds all corners.

    >>> box_around((((1, 5), (4, 2), (3, 9)),))
    Box(left=1, top=2, right=4, bottom=9)
    """
    xs = [x for ring in rings for x, _ in ring]
    ys = [y for ring in rings for _, y in ring]
    return Box(min(xs), min(ys), max(xs), max(ys))


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectAnnotation:
    """One object in an image.

    Attributes:
        label: Class name; None where only its place is known.
        box: Around the whole object.
        outlines: What the object covers is the union of these; empty where only the box is known.
        holes: What is cut out of that union.
        text: What is written there.
        attributes: Whatever else is known, e.g. ``{"breed": "corgi"}``.
        is_crowd: Many objects in one, whose number nobody knows: neither learned from nor counted
            against a model that finds something there.
    """

    box: Box
    label: str | None = None
    outlines: tuple[Ring, ...] = ()
    holes: tuple[Ring, ...] = ()
    text: str | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)
    is_crowd: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnotatedImage:
    """One image (or video) and what is said about it.

    Attributes:
        path: Of the image below the folder of the data set, with ``/``.
        size: Width and height that the annotations count in; None if their file does not say.
        label: Class of the whole image.
        objects: None if nobody has looked for objects; empty if there are none.
        text: What is written in the whole image.
        mask: Path of a picture whose grey levels are positions in the label space; 255 is unknown.
        target: Path of the picture, or depth map, that should come out.
        place: File and line that say so.
    """

    path: str
    size: tuple[int, int] | None = None
    part: Part | None = None
    label: str | None = None
    objects: tuple[ObjectAnnotation, ...] | None = None
    text: str | None = None
    mask: str | None = None
    target: str | None = None
    place: Place = field(default_factory=Place, compare=False)
