"""What people say about an image: its class, the objects in it, its text, the picture it should become.

These are the values that dataset formats read and write. Coordinates are pixels, x to the right and y down,
with the origin in the corner of the image: a picture of width W spans 0..W, and pixel (column, row) covers
column..column + 1 and row..row + 1.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, overload

from netloom.core.diagnostics import Place
from netloom.data.view import Part

Corner = tuple[float, float]
Ring = Sequence[Corner]
"""Corners (x, y) of a closed line, clockwise as seen on screen; the first is not repeated."""


class PackedRing(Sequence[Corner]):
    """A ring whose numbers lie side by side: an eighth of the memory of tuples, and quick to calculate with.

    Equal to every sequence of the same corners. Whole numbers are given out as whole.

    Args:
        numbers: x and y of the first corner, of the second, and so on.

    Raises:
        TypeError: They are no numbers, or one is too large.
        ValueError: Their number is odd.

    >>> PackedRing([0, 0, 2.5, 0, 0, 4]) == ((0, 0), (2.5, 0), (0, 4))
    True
    """

    __slots__ = ("packed",)

    packed: bytes
    """The numbers as float64 of this machine."""

    def __init__(self, numbers: Sequence[float]) -> None:
        if len(numbers) % 2:
            raise ValueError("an odd number of coordinates")
        try:
            self.packed = struct.pack(f"{len(numbers)}d", *numbers)
        except struct.error as error:
            raise TypeError(str(error)) from error

    def __len__(self) -> int:
        return len(self.packed) // 16

    @overload
    def __getitem__(self, at: int) -> Corner: ...
    @overload
    def __getitem__(self, at: slice) -> Ring: ...
    def __getitem__(self, at: int | slice) -> Corner | Ring:
        return tuple(self)[at]

    def __iter__(self) -> Iterator[Corner]:
        numbers = [
            int(number) if number.is_integer() else number
            for number in memoryview(self.packed).cast("d")
        ]
        return zip(numbers[::2], numbers[1::2])

    def __eq__(self, other: object) -> bool:
        if isinstance(other, PackedRing) and self.packed == other.packed:
            return True
        return isinstance(other, Sequence) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return f"PackedRing({[number for corner in self for number in corner]})"


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


def box_around(rings: Sequence[Ring]) -> Box:
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


@dataclass(frozen=True, slots=True)
class ObjectPlaces:
    """Where a file says each object of an image; places are made only of those that are asked for.

    Attributes:
        numbers: Of each object the line, or its position in a list of the file.
        entries: That list, if the file is JSON: ``annotations``, or ``0/result``.
    """

    file: str
    numbers: Sequence[int]
    entries: str | None = None

    def of(self, number: int) -> Place:
        """The place of an object, counted from 0.

        >>> ObjectPlaces("a.json", [7], "annotations").of(0).file
        'a.json#/annotations/7'
        """
        if self.entries is None:
            return Place(file=self.file, line=self.numbers[number])
        return Place(file=f"{self.file}#/{self.entries}/{self.numbers[number]}")


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
        object_places: The same of each object as it was read.
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
    object_places: ObjectPlaces | None = field(default=None, compare=False)

    def place_of(self, number: int) -> Place:
        """Where an object, counted from 0, is said; if nobody knows, where its image is."""
        return self.place if self.object_places is None else self.object_places.of(number)
