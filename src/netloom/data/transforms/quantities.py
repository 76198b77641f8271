"""Numbers that image transforms are set with, and what they may be."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from netloom.core.settings import Fraction

Pixels = Annotated[int, Field(ge=1, le=16384)]
"""A length of an image side."""
Level = Annotated[int, Field(ge=0, le=255)]
"""Brightness of a pixel: 0 is black, 255 is white."""
Size = Pixels | tuple[Pixels, Pixels]
"""A square's side, or height and width."""
Margin = Annotated[int, Field(ge=0, le=16384)]
Margins = Margin | tuple[Margin, Margin, Margin, Margin]
"""The same on all sides, or top, right, bottom, left."""
Border = Literal["constant", "edge", "reflect"]
"""What fills the room around an image: one level, its edge pixels repeated, or its mirror image."""
Interpolation = Literal["auto", "nearest", "linear", "cubic", "area"]
Degrees = Annotated[float, Field(ge=-360.0, le=360.0)]


def _in_order(bounds: tuple[float, float]) -> tuple[float, float]:
    if bounds[0] > bounds[1]:
        raise ValueError("the smaller number comes first")
    return bounds


_PositiveShare = Annotated[float, Field(gt=0.0, le=1.0)]
_Factor = Annotated[float, Field(gt=0.0, le=100.0)]
_Amount = Annotated[float, Field(ge=0.0, le=100.0)]

Shares = Annotated[tuple[_PositiveShare, _PositiveShare], AfterValidator(_in_order)]
"""Smallest and largest share of something, above 0 up to 1."""
Fractions = Annotated[tuple[Fraction, Fraction], AfterValidator(_in_order)]
"""Likewise, 0 included."""
Factors = Annotated[tuple[_Factor, _Factor], AfterValidator(_in_order)]
"""Smallest and largest factor or proportion, above 0."""
Amounts = Annotated[tuple[_Amount, _Amount], AfterValidator(_in_order)]
"""Smallest and largest of something that may be 0."""


def height_and_width(size: Size) -> tuple[int, int]:
    """A :data:`Size` as two numbers.

    >>> height_and_width(32)
    (32, 32)
    """
    return (size, size) if isinstance(size, int) else size
