"""Boxes that are turned, as outlines. Angles are degrees, clockwise on screen."""

from __future__ import annotations

from math import cos, radians, sin

from netloom.data.annotations import Box, Ring


def turned_about_middle(box: Box, degrees: float) -> Ring:
    """The corners of a box after it was turned about its middle.

    >>> [round(x) for x, _ in turned_about_middle(Box(0, 0, 4, 2), 90)]
    [3, 3, 1, 1]
    """
    return _turned(box, degrees, ((box.left + box.right) / 2, (box.top + box.bottom) / 2))


def turned_about_corner(box: Box, degrees: float) -> Ring:
    """The corners of a box after it was turned about its top left corner.

    >>> [round(x) for x, _ in turned_about_corner(Box(0, 0, 4, 2), 90)]
    [0, 0, -2, -2]
    """
    return _turned(box, degrees, (box.left, box.top))


def _turned(box: Box, degrees: float, about: tuple[float, float]) -> Ring:
    across, down = cos(radians(degrees)), sin(radians(degrees))
    middle_x, middle_y = about
    return tuple(
        (
            middle_x + (x - middle_x) * across - (y - middle_y) * down,
            middle_y + (x - middle_x) * down + (y - middle_y) * across,
        )
        for x, y in box.ring
    )
